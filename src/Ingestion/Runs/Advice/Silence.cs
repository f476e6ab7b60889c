namespace Ingestion.Runs.Advice;

/// <summary>Why a run suggests no degree of parallelism.</summary>
public enum Silence
{
    /// <summary>No item ended.</summary>
    NothingDone,

    /// <summary>The database was away.</summary>
    DatabaseAway,

    /// <summary>Too many attempts failed, or the run was little else than retries.</summary>
    Failures,

    /// <summary>What held it up changed on the way.</summary>
    Changed,

    /// <summary>The source, the gate or the one thread of the strategy held it up: another degree is not what helps.</summary>
    NotTheSlots,

    /// <summary>All there was had a slot at once.</summary>
    AllAtOnce,

    /// <summary>It takes more items, or more time.</summary>
    TooShort,

    /// <summary>It is not known what held it up.</summary>
    NoCause,

    /// <summary>The limit adapts, or the strategy has one slot whatever is configured.</summary>
    NothingToSet,

    /// <summary>There is no cap.</summary>
    NoCap,

    /// <summary>Too often no item was waiting for a slot, or the run was little else than its tail.</summary>
    LackOfWork,

    /// <summary>Requests had to be made again, perhaps because there were too many at once.</summary>
    Retries,

    /// <summary>More slots would not gain enough to be worth a change.</summary>
    LittleToGain,
}
