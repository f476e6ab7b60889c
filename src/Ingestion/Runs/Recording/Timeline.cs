namespace Ingestion.Runs.Recording;

/// <summary>
/// All attempts of a run on a grid of fixed size: what the slots did in each interval of time. When the run outgrows it, two neighbouring
/// intervals become one, or two neighbouring slots one row.
/// </summary>
public sealed record Timeline
{
    /// <summary>How much time a column stands for. The last column may be only partly over.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How many slots a row stands for, from slot 0 upward.</summary>
    public required int SlotsPerRow { get; init; }

    /// <summary>Rows of columns: the time the row's slots spent in each stage during the column. At most interval × slots per row together.</summary>
    public required IReadOnlyList<IReadOnlyList<StageTimes>> Slots { get; init; }

    /// <summary>What ran after the slot had been given back (a pipeline's transform and persist), by column; empty when all stages run in the slot.</summary>
    public required IReadOnlyList<StageTimes> BeyondSlots { get; init; }

    /// <summary>Attempts that ended in each column.</summary>
    public required IReadOnlyList<long> Ended { get; init; }

    /// <summary>The time that all attempts together spent in a stage during a column, in a slot or beyond.</summary>
    public TimeSpan InStage(Stage stage, int column)
    {
        TimeSpan sum = BeyondSlots.Count > 0 ? BeyondSlots[column].Of(stage) : TimeSpan.Zero;
        foreach (IReadOnlyList<StageTimes> row in Slots)
            sum += row[column].Of(stage);
        return sum;
    }
}
