namespace Ingestion.Runs.Attempts;

/// <summary>
/// The failures of one item that are not counted, because they seem to be everybody's. They are its own when it alone is put off several times in a row while others
/// are answered; where others are put off as well, when it fares so much worse than those that it is no accident. Used by whoever has the item.
/// </summary>
internal sealed class PutOffs
{
    private const int MinInARow = 4;

    private static readonly double OneInAMillion = Math.Log(1e-6);

    private (long Answered, long PutOff)? _seen;
    private int _aloneInARow;
    private double _chance; // a logarithm

    /// <summary>Notes one more. The counts are how many requests were answered, and how many put off, before it.</summary>
    public void Add((long Answered, long PutOff) counts)
    {
        if (_seen is { } seen && counts.Answered - seen.Answered is var answered and > 0)
        {
            long others = counts.PutOff - seen.PutOff;
            _aloneInARow = others == 0 ? _aloneInARow + 1 : 0;
            _chance += Math.Log((others + 1.0) / (answered + others + 1.0));
        }

        _seen = counts with { PutOff = counts.PutOff + 1 };
    }

    /// <summary>Whether they are as good as counted: the first tells nothing, each further one does if others were answered meanwhile.</summary>
    public bool AreItsOwn(int maxAttempts) => _aloneInARow >= Math.Max(maxAttempts - 1, MinInARow) || _chance < OneInAMillion;

    public void Forget() => (_seen, _aloneInARow, _chance) = (null, 0, 0);
}
