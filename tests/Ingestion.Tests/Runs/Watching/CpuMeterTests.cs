using Ingestion.Runs;
using Ingestion.Runs.Watching;

namespace Ingestion.Tests.Runs.Watching;

public sealed class CpuMeterTests
{
    private RunResources _used = new(TimeSpan.FromSeconds(5), 0) { CompilationTime = TimeSpan.FromSeconds(1) };

    [Fact]
    public void What_starting_up_costs_is_left_out()
    {
        Use(cpu: 1_000);
        CpuMeter meter = Run(1_000, i => Use(cpu: i < 300 ? 10 : 2));

        // From item 256 on: 44 of the expensive ones are among 744.
        Assert.Equal(((44 * 10) + (700 * 2)) / 744.0, meter.PerItem().TotalMilliseconds, 3);
    }

    [Fact]
    public void What_is_compiled_while_it_measures_is_left_out() =>
        Assert.Equal(6, Run(1_000, _ => Use(cpu: 10, compiled: 4)).PerItem().TotalMilliseconds, 3);

    [Fact]
    public void A_compiler_that_waits_for_a_core_does_not_make_items_free() =>
        Assert.Equal(2.5, Run(1_000, _ => Use(cpu: 10, compiled: 25)).PerItem().TotalMilliseconds, 3);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10)]
    [InlineData(2, 10)]
    [InlineData(3, 10)]
    public void Few_items_are_measured_as_well_as_they_can_be(int items, double expected) =>
        Assert.Equal(expected, Run(items, _ => Use(cpu: 10)).PerItem().TotalMilliseconds, 3);

    private CpuMeter Run(int items, Action<int> use)
    {
        CpuMeter meter = new(() => _used);
        for (int i = 0; i < items; i++)
        {
            use(i);
            meter.ItemEnded();
        }

        return meter;
    }

    private void Use(double cpu, double compiled = 0) => _used = new RunResources(_used.CpuTime + TimeSpan.FromMilliseconds(cpu), 0)
    {
        CompilationTime = _used.CompilationTime + TimeSpan.FromMilliseconds(compiled),
    };
}
