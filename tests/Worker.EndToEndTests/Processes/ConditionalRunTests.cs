using System.Text.Json;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>What a run costs that finds little new: the upstream says so with a 304.</summary>
public sealed class ConditionalRunTests(PostgresServer postgres)
{
    private const string RowVersions = "SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY id) FROM ingestion.characters";

    [Fact]
    public async Task A_record_that_has_not_changed_is_neither_sent_nor_written_again()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 2_000 });
        await stage.IngestAsync("--ids 1-2000 --dop 32");
        string before = await stage.QueryAsync<string>(RowVersions);
        Assert.Equal((2_000, 0), (stage.Upstream.Statistics.Status(200), stage.Upstream.Statistics.Status(304)));
        stage.Upstream.Statistics.Reset();

        JsonElement second = await stage.IngestAsync("--ids 1-2000 --dop 32");

        Assert.Equal((2_000, 0), (Number(second, "unchanged"), Number(second, "ingested")));
        Assert.Equal((0, 2_000), (stage.Upstream.Statistics.Status(200), stage.Upstream.Statistics.Status(304)));
        Assert.Equal(before, await stage.QueryAsync<string>(RowVersions));
        Assert.Equal(2_000, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Unchanged' AND attempts = 1 AND error IS NULL"));
    }

    [Fact]
    public async Task A_record_that_has_changed_is_ingested_and_is_unchanged_from_then_on()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1-100");
        stage.Upstream.Options = new SimulatorOptions { Revised = IdRanges.Parse("7,50-59"), Faults = FaultPlan.Parse("7:500;8:429@0;9:*html") };
        stage.Upstream.Statistics.Reset();

        JsonElement second = await stage.IngestAsync("--ids 1-100", exitCode: 2);

        Assert.Equal((11, 88, 1), (Number(second, "ingested"), Number(second, "unchanged"), Number(second, "failed")));
        Assert.Equal(88, stage.Upstream.Statistics.Status(304));
        stage.Upstream.Options = new SimulatorOptions { Revised = IdRanges.Parse("7,50-59") };
        stage.Upstream.Statistics.Reset();

        // A redrive looks at what failed, whatever the upstream said of it before; the run after it finds nothing new.
        Assert.Equal(0, (await stage.RunAsync("redrive")).ExitCode);
        Assert.Equal((1, 0), (stage.Upstream.Statistics.Status(200), stage.Upstream.Statistics.Status(304)));
        Assert.Equal(100, Number(await stage.IngestAsync("--ids 1-100"), "unchanged"));
        Assert.Equal((1, 100), (stage.Upstream.Statistics.Status(200), stage.Upstream.Statistics.Status(304)));
    }

    [Fact]
    public async Task Everything_is_fetched_when_the_option_is_off_the_fingerprint_is_another_or_the_rows_are_gone()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1-20");

        JsonElement off = await stage.IngestAsync("--ids 1-20 --Upstream:ConditionalRequests=false");
        JsonElement other = await stage.IngestAsync("--ids 1-20 --Transform:FingerprintIterations=10");
        await stage.ExecuteAsync("TRUNCATE ingestion.characters");
        JsonElement gone = await stage.IngestAsync("--ids 1-20 --Transform:FingerprintIterations=10");

        Assert.Equal((20, 20, 20), (Number(off, "unchanged"), Number(other, "ingested"), Number(gone, "ingested")));
        Assert.Equal((80, 0), (stage.Upstream.Statistics.Status(200), stage.Upstream.Statistics.Status(304)));
        Assert.Equal(20, Number(await stage.IngestAsync("--ids 1-20 --Transform:FingerprintIterations=10"), "unchanged"));
        Assert.Equal(20, stage.Upstream.Statistics.Status(304));
    }

    private static int Number(JsonElement summary, string name) => summary.GetProperty(name).GetInt32();
}
