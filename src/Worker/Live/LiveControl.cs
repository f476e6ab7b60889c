using System.Net;
using Ingestion.Concurrency;
using Ingestion.Upstream;
using Microsoft.AspNetCore.Http;

namespace Worker.Live;

/// <summary>
/// Carries out what the page asks for. Degree and rate are changed as a reload of the configuration would change them, so every strategy follows; nothing of it
/// outlives the process.
/// </summary>
internal sealed class LiveControl(
    IOptions<LiveOptions> options, IOptionsMonitor<IngestionOptions> ingestion, IOptionsMonitor<UpstreamOptions> upstream, IConfiguration configuration,
    AskedSettings settings, RunControl run, StopSignals signals, ILogger<LiveControl> logger)
{
    public const double MinRate = 0.1;
    public const double MaxRate = 10_000;

    /// <summary>The most bytes that a request may bring.</summary>
    public const int MaxBytes = 32;

    /// <summary>So far a slider goes at least, and at most beyond what is configured.</summary>
    private const int MinReach = 50;
    private const int MaxReach = 1_000;

    private const string NoRate = "none";

    private readonly Lock _lock = new();

    public ControlGuard Guard { get; } = new(options.Value.Token);

    /// <summary>The highest degree that can be asked for: four times the one that the process started with.</summary>
    public int MaxDegree { get; } = ingestion.CurrentValue.DegreeOfParallelism.Number is var degree and > 0 ? Math.Clamp(4 * degree, MinReach, Math.Max(MaxReach, degree)) : MaxReach;

    /// <summary>What the page is told at its start; null when it only shows.</summary>
    public PageControl? Page => options.Value.Control ? new PageControl(Guard.PageToken, Guard.AsksForToken, MaxDegree, WhyFixed) : null;

    /// <summary>How things stand; null when the page only shows.</summary>
    public ControlState? State => !options.Value.Control ? null
        : new ControlState(ingestion.CurrentValue.DegreeOfParallelism.Number, ingestion.CurrentValue.DegreeOfParallelism.IsAuto, upstream.CurrentValue.RequestsPerSecond, run.IsPaused);

    private string? WhyFixed => StrategyDegrees.All.First(known => known.Strategy.Equals(ingestion.CurrentValue.Strategy, StringComparison.OrdinalIgnoreCase)) is { Fixed: { } one } strategy
        ? $"{strategy.Strategy} always has {one} item in flight; the degree of parallelism can be changed with the other strategies"
        : null;

    /// <summary>Does what is asked, and says in one line what came of it.</summary>
    /// <param name="what">The last part of the path.</param>
    /// <param name="value">The body of the request.</param>
    /// <param name="who">Who asks, for the log.</param>
    public (int Status, string Text) Ask(string what, string value, IPAddress? who)
    {
        lock (_lock)
        {
            return what switch
            {
                "degree" => ChangeDegree(value, who),
                "rate" => ChangeRate(value, who),
                "pause" => run.IsPaused ? Done("paused already") : Do(who, "pause", () => run.Pause(true)),
                "go-on" => !run.IsPaused ? Done("not paused") : Do(who, "go on", () => run.Pause(false)),
                "drain" => signals.IsStopping ? Done("stopping already") : Do(who, "drain", signals.SignalOnce),
                _ => (StatusCodes.Status404NotFound, "only degree, rate, pause, go-on and drain"),
            };
        }
    }

    private static (int Status, string Text) Done(string text) => (StatusCodes.Status200OK, text);

    private (int Status, string Text) ChangeDegree(string value, IPAddress? who)
    {
        if (WhyFixed is { } reason)
            return (StatusCodes.Status409Conflict, reason);
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int degree) || degree < 1 || degree > MaxDegree)
            return (StatusCodes.Status400BadRequest, $"the degree of parallelism can be a whole number from 1 to {MaxDegree}");

        Degree before = ingestion.CurrentValue.DegreeOfParallelism;
        return Change(who, $"{IngestionOptions.Section}:{nameof(IngestionOptions.DegreeOfParallelism)}", Text(degree), "degree", before == 0 ? "no cap" : before.ToString(), Text(degree));
    }

    private (int Status, string Text) ChangeRate(string value, IPAddress? who)
    {
        double rate = 0;
        if (value != NoRate && !(double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out rate) && rate is >= MinRate and <= MaxRate))
            return (StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"the rate limit can be {NoRate}, or a number of requests a second from {MinRate} to {MaxRate}"));

        string before = upstream.CurrentValue.RequestsPerSecond is { } limit ? Text(limit) : NoRate;
        return Change(who, $"{UpstreamOptions.Section}:{nameof(UpstreamOptions.RequestsPerSecond)}", value == NoRate ? "" : Text(rate), "rate limit", before, value == NoRate ? value : Text(rate));
    }

    private (int Status, string Text) Change(IPAddress? who, string key, string value, string what, string before, string now)
    {
        if (before == now)
            return Done($"{what} is {now} already");
        if (ConfigurationRules.FindErrors(configuration).Count > 0)
            return (StatusCodes.Status409Conflict, "nothing can be changed while the configuration has an error; the log names it");

        return Do(who, $"{what} {before} → {now}", () => settings.Change(key, value));
    }

    private (int Status, string Text) Do(IPAddress? who, string change, Action action)
    {
        Log.Asked(logger, who, change);
        run.Mark(change);
        action();
        return Done(change);
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
