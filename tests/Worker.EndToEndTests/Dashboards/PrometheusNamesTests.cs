namespace Worker.EndToEndTests.Dashboards;

/// <summary>The rule by which names are translated. The page shows it with examples, which are held to it too.</summary>
public sealed class PrometheusNamesTests
{
    [Theory]
    [InlineData("http.client.request.duration", "s", "histogram", "http_client_request_duration_seconds")]
    [InlineData("up", "", "gauge", "up")]
    // The unit: its word, unless a word of the name is the same; an unknown one as it is; none for an annotation.
    [InlineData("process.uptime.seconds", "s", "gauge", "process_uptime_seconds")]
    [InlineData("seconds.of.work", "s", "gauge", "seconds_of_work")]
    [InlineData("response.time", "ms", "gauge", "response_time_milliseconds")]
    [InlineData("temperature", "Cel", "gauge", "temperature_celsius")]
    [InlineData("load", "%", "gauge", "load_percent")]
    [InlineData("memory", "KiBy", "up-down counter", "memory_kibibytes")]
    [InlineData("speed", "furlong", "gauge", "speed_furlong")]
    [InlineData("speed", "sea mile", "gauge", "speed_sea_mile")]
    [InlineData("speed", "_knot_", "gauge", "speed_knot_")]
    [InlineData("waiting", "{item}", "gauge", "waiting")]
    [InlineData("waiting", "By{compressed}", "gauge", "waiting")]
    [InlineData("waiting", " s ", "gauge", "waiting_seconds")]
    // Something by something.
    [InlineData("traffic", "By/s", "gauge", "traffic_bytes_per_second")]
    [InlineData("traffic", "By/m", "gauge", "traffic_bytes_per_minute")]
    [InlineData("traffic", "1/s", "gauge", "traffic_per_second")]
    [InlineData("traffic", "/s", "gauge", "traffic_per_second")]
    [InlineData("traffic", "{item}/s", "gauge", "traffic_per_second")]
    [InlineData("traffic", "By/{item}", "gauge", "traffic_bytes")]
    [InlineData("traffic", "By/fortnight", "gauge", "traffic_bytes_per_fortnight")]
    [InlineData("traffic", "_By_/_x_", "gauge", "traffic_By_per_x")]
    [InlineData("traffic", "By/", "gauge", "traffic_bytes")]
    [InlineData("traffic", "By/_", "gauge", "traffic_bytes")]
    // A counter ends in `total`, and has it nowhere else.
    [InlineData("ingestion.items", "{item}", "counter", "ingestion_items_total")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", "counter", "dotnet_gc_heap_allocated_bytes_total")]
    [InlineData("total.of.total.bytes.total", "By", "counter", "of_bytes_total")]
    [InlineData("totals", "", "counter", "totals_total")]
    [InlineData("Total", "", "counter", "Total_total")]
    [InlineData("total.memory", "By", "gauge", "total_memory_bytes")]
    [InlineData("total.memory", "By", "up-down counter", "total_memory_bytes")]
    [InlineData("total.memory", "By", "histogram", "total_memory_bytes")]
    [InlineData("traffic", "By/s", "counter", "traffic_bytes_per_second_total")]
    [InlineData("requests", "1", "counter", "requests_total")]
    [InlineData("total", "", "counter", "total")]
    // A gauge without dimension ends in `ratio`, and has it nowhere else.
    [InlineData("cache.hits", "1", "gauge", "cache_hits_ratio")]
    [InlineData("ratio.of.hits", "1", "gauge", "of_hits_ratio")]
    [InlineData("ratio.of.hits", "1", "up-down counter", "ratio_of_hits")]
    [InlineData("ratio.of.hits", "1", "histogram", "ratio_of_hits")]
    [InlineData("ratio.of.hits", "{hit}", "gauge", "ratio_of_hits")]
    // What is not allowed is one underscore, however much of it there is, and none at an end; a digit does not come first.
    [InlineData("a.b-c/d e__f..g", "", "gauge", "a_b_c_d_e_f_g")]
    [InlineData("_a_", "", "gauge", "a")]
    [InlineData("grüße:welt", "", "gauge", "gr_e:welt")]
    [InlineData("3d.objects", "", "gauge", "_3d_objects")]
    public void A_metric_is_named_by_its_words_its_unit_and_its_kind(string name, string unit, string kind, string expected) => Assert.Equal(expected, Translate(name, unit, kind));

    [Theory]
    [InlineData("http.response.status_code", "http_response_status_code")]
    [InlineData("a..b", "a__b")]
    [InlineData("a:b", "a_b")]
    [InlineData("3d", "key_3d")]
    [InlineData("_a", "key_a")]
    [InlineData("__a", "__a")]
    public void A_label_has_an_underscore_for_each_character_that_is_not_allowed(string name, string expected) => Assert.Equal(expected, PrometheusNames.OfLabel(name));

    [Fact]
    public void The_examples_of_the_page_follow_the_rule()
    {
        string[][] rows = Repository.Table("deploy/prometheus/README.md", "Names in Prometheus");

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(row[3].Trim('`'), Translate(row[0].Trim('`'), row[2].Trim('`'), row[1]) + (row[1] == "histogram" ? "_bucket" : "")));
    }

    private static string Translate(string name, string unit, string kind)
    {
        Assert.Contains(kind, new[] { "counter", "up-down counter", "gauge", "histogram" });
        return PrometheusNames.OfMetric(name, unit, isCounter: kind == "counter", isGauge: kind == "gauge");
    }
}
