namespace Ingestion.Runs.Recording;

/// <summary>Time by stage, added up over attempts.</summary>
/// <param name="Gate">Waiting at the upstream gate or for the rate limit.</param>
/// <param name="Fetch">HTTP.</param>
/// <param name="Delay">The artificial wait of <c>Ingestion:Delay</c>.</param>
/// <param name="Transform">Parsing, validating, fingerprinting.</param>
/// <param name="Persist">Waiting for the commit.</param>
public readonly record struct StageTimes(TimeSpan Gate, TimeSpan Fetch, TimeSpan Delay, TimeSpan Transform, TimeSpan Persist)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => Gate + Fetch + Delay + Transform + Persist;

    /// <summary>The difference between two moments.</summary>
    public static StageTimes operator -(StageTimes left, StageTimes right) =>
        new(left.Gate - right.Gate, left.Fetch - right.Fetch, left.Delay - right.Delay, left.Transform - right.Transform, left.Persist - right.Persist);

    /// <summary>The time of one stage.</summary>
    public TimeSpan Of(Stage stage) => stage switch
    {
        Stage.Gate => Gate,
        Stage.Fetch => Fetch,
        Stage.Delay => Delay,
        Stage.Transform => Transform,
        _ => Persist,
    };

    internal StageTimes With(Stage stage, TimeSpan more) => new(
        stage == Stage.Gate ? Gate + more : Gate, stage == Stage.Fetch ? Fetch + more : Fetch, stage == Stage.Delay ? Delay + more : Delay,
        stage == Stage.Transform ? Transform + more : Transform, stage == Stage.Persist ? Persist + more : Persist);
}
