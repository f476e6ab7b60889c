using FsCheck;
using FsCheck.Fluent;
using Ingestion.Items;

namespace Ingestion.Tests.Items;

public sealed class IdRangesTests
{
    [Theory]
    [InlineData("1-826", "1-826", 826)]
    [InlineData("1-10,42,100-200", "1-10,42,100-200", 112)]
    [InlineData(" 7 ,\t1 ", "1,7", 2)]
    [InlineData("3,1,2", "1-3", 3)]
    [InlineData("5,5,5", "5", 1)]
    [InlineData("1-10,5-20,20-21", "1-21", 21)]
    [InlineData("1-100,50", "1-100", 100)]
    [InlineData("1,3", "1,3", 2)]
    [InlineData("7-7", "7", 1)]
    [InlineData("9223372036854775807", "9223372036854775807", 1)]
    [InlineData("1-9223372036854775807", "1-9223372036854775807", long.MaxValue)]
    public void A_list_is_read_into_its_canonical_form(string text, string canonical, long count)
    {
        Assert.True(IdRanges.TryParse(text, out IdRanges? ranges, out string? error), error);
        Assert.Null(error);
        Assert.Equal(canonical, ranges.ToString());
        Assert.Equal(count, ranges.Count);
    }

    [Theory]
    [InlineData("5-1", "'5-1' at position 1 is a range that ends before it starts, did you mean 1-5?")]
    [InlineData("0", "'0' at position 1 is too small, IDs start at 1")]
    [InlineData("0-5", "'0-5' at position 1 is too small")]
    [InlineData("-3", "'-3' at position 1 is neither an ID nor a range")]
    [InlineData("1-", "'1-' at position 1 is a range without an end")]
    [InlineData("a", "'a' at position 1 is neither")]
    [InlineData("1,2,x7", "'x7' at position 5 is neither")]
    [InlineData("1,  5-1", "'5-1' at position 5 ")]
    [InlineData("1 - 5", "'1 - 5' at position 1 is neither")]
    [InlineData("1--5", "'1--5' at position 1 is neither")]
    [InlineData("+1", "'+1' at position 1 is neither")]
    [InlineData("1.5", "'1.5' at position 1 is neither")]
    [InlineData("١", "'١' at position 1 is neither")]
    [InlineData("9223372036854775808", "'9223372036854775808' at position 1 is too large")]
    [InlineData("1-99999999999999999999", "'1-99999999999999999999' at position 1 is too large")]
    [InlineData("1,,2", "'' at position 3 is an empty part")]
    [InlineData("1,", "'' at position 3 is an empty part")]
    [InlineData("", "the list of IDs is empty")]
    [InlineData("   ", "the list of IDs is empty")]
    [InlineData(null, "the list of IDs is empty")]
    [InlineData("1\n2", "'1 2' at position 1 is neither")]
    public void A_slip_is_refused_with_the_part_its_position_and_what_is_allowed(string? text, string expected)
    {
        Assert.False(IdRanges.TryParse(text, out IdRanges? ranges, out string? error));
        Assert.Null(ranges);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Contains("allowed are IDs from 1 to 9223372036854775807", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void A_list_of_too_many_parts_is_refused()
    {
        string atTheLimit = string.Join(',', Enumerable.Repeat("1", IdRanges.MaxParts));

        Assert.True(IdRanges.TryParse(atTheLimit, out _, out _));
        Assert.False(IdRanges.TryParse(atTheLimit + ",2", out _, out string? error));
        Assert.StartsWith("'2' at position 200001 is one part too many, a list has at most 100,000; ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_million_ids_are_streamed_and_never_materialised()
    {
        IdRanges ranges = Parse("1-10000000");
        long before = GC.GetAllocatedBytesForCurrentThread();

        long sum = 0;
        foreach (int id in ranges)
            sum += id;

        Assert.Equal(10_000_000L * 10_000_001 / 2, sum);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void The_largest_id_ends_the_enumeration() =>
        Assert.Equal([9_223_372_036_854_775_806, 9_223_372_036_854_775_807], Parse("9223372036854775806-9223372036854775807"));

    [Fact]
    public void Parsing_the_canonical_form_gives_the_same_set() =>
        Prop.ForAll(Lists(), parts =>
        {
            IdRanges ranges = Parse(string.Join(',', parts));
            return Parse(ranges.ToString()).SequenceEqual(ranges) && Parse(ranges.ToString()).ToString() == ranges.ToString();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_come_ascending_each_once_and_exactly_those_written() =>
        Prop.ForAll(Lists(), parts =>
        {
            long[] expected = [.. parts.SelectMany(part => Enumerable.Range((int)part.First, (int)part.Count)).Select(id => (long)id).Distinct().Order()];
            IdRanges ranges = Parse(string.Join(',', parts));
            return ranges.SequenceEqual(expected) && ranges.Count == expected.Length
                && Enumerable.Range(0, 140).All(id => ranges.Contains(id) == expected.Contains(id));
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<IdRange[]> Lists()
    {
        Gen<IdRange> range = from first in Gen.Choose(1, 100) from length in Gen.Choose(0, 30) select new IdRange(first, first + length);
        return range.NonEmptyListOf().Select(list => list.ToArray()).ToArbitrary();
    }

    private static IdRanges Parse(string text)
    {
        Assert.True(IdRanges.TryParse(text, out IdRanges? ranges, out string? error), error);
        return ranges;
    }
}
