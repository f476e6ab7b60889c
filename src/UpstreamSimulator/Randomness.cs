namespace UpstreamSimulator;

/// <summary>Random numbers that depend on nothing but what they are asked for, so that every decision can be repeated.</summary>
internal static class Randomness
{
    /// <summary>64 well-mixed bits for a seed, an ID, and what is being decided.</summary>
    public static ulong Bits(int seed, int id, int purpose) =>
        Mix(Mix(((ulong)(uint)seed << 32) | (uint)id) + (ulong)(uint)purpose);

    /// <summary>A number from 0 up to, but not including, 1.</summary>
    public static double Fraction(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    // SplitMix64's finalizer: https://prng.di.unimi.it/splitmix64.c
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
