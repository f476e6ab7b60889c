using System.Globalization;
using System.Text;
using Xunit.Sdk;

namespace Ingestion.Tests.Fuzzing;

/// <summary>
/// No bytes from outside may come out of what reads them as anything but a declared result. Each input goes through every reader. tests/fuzz.sh makes more of them, and others.
/// </summary>
public sealed class FuzzTests
{
    private const int InputsOfASeed = 1_000;

    private static readonly long Inputs = Setting("INGESTION_FUZZ_INPUTS", 100_000);
    private static readonly long FirstSeed = Setting("INGESTION_FUZZ_SEED", 1);

    /// <summary>Inputs that once came out as an exception, or are as near to one that did as can be.</summary>
    public static TheoryData<string> Kept =>
    [
        """[{"\ud800":0,"id":3},{"id":4}]""",
        """[{"\u0069\ud800":3,"id":7},{"\udc00":{"\ud800":[]}}]""",
        """{"\ud800":0,"id":7}""",
        """{"version":1,"ids":"1","job":"\ud800"}""",
        """{"version":1,"ids":"1","job":"\ud800bbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"}""",
        """{"version":1,"ids":"\udfff"}""",
        """{"version":2,"ids":["\ud800","a",""]}""",
        """["a","a","b"]""",
        """[1,"a"]""",
        "\"\\u0000\"",
        """{"\ud800":1,"version":1,"ids":"1"}""",
        """{"versio\ud800":1,"ids":"1"}""",
        """{"info":{"count":1,"\ud800":0},"\udc00":0}""",
        """{"inf\ud800":{"count":1}}""",
        """{"id":7,"name":"\ud800\""",
        """{"created":"0001-01-01T00:00:00+14:00"}""",
        """{"created":"9999-12-31T23:59:59.9999999-14:00"}""",
        "{\"a\\ud800\":1,\"a\\ud801\":2}",
        "\"\\",
        "{\"\\u",
        "\ufeff{}",
    ];

    [Theory, MemberData(nameof(Kept))]
    public void What_was_found_once_is_not_found_again(string input)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(input);
        for (int length = 0; length <= bytes.Length; length++)
            Read(bytes[..length], "a kept input");
    }

    [Fact]
    public async Task Nothing_but_declared_results_comes_out_of_a_reader()
    {
        long seeds = (Inputs + InputsOfASeed - 1) / InputsOfASeed;
        long next = FirstSeed;
        long began = TimeProvider.System.GetTimestamp();
        int threads = Inputs > 100_000 ? Environment.ProcessorCount : 1;
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            for (long seed; (seed = Interlocked.Increment(ref next) - 1) < FirstSeed + seeds;)
            {
                var text = new HostileText((int)seed);
                for (int input = 0; input < InputsOfASeed; input++)
                    Read(text.Next(), $"input {input} of seed {seed}");
            }
        })));

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{seeds * InputsOfASeed:N0} inputs through {Readers.All.Length} readers in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:N0} s, seeds from {FirstSeed}"));
    }

    private static void Read(byte[] input, string origin)
    {
        foreach (Action<byte[]> reader in Readers.All)
        {
            try
            {
                reader(input);
            }
            catch (Exception exception)
            {
                throw new XunitException($"{reader.Method.Name}, {origin}, base64 {Convert.ToBase64String(input)}: {exception}", exception);
            }
        }
    }

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
