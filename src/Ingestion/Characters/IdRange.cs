namespace Ingestion.Characters;

/// <summary>The IDs from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct IdRange(int First, int Last)
{
    public long Count => (long)Last - First + 1;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
