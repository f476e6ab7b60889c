using System.Text;
using Ingestion.Items;
using Ingestion.Records;

namespace Ingestion.Tests.Records;

public sealed class RecordListTests
{
    [Fact]
    public void Each_record_comes_out_as_it_went_in()
    {
        RecordList array = Split(""" [ {"id": 3, "name":"a ]"} , {"name":{"id":9},"id":5}]  """);

        Assert.Null(array.Problem);
        Assert.Equal("""{"id": 3, "name":"a ]"}""", Text(array, 3));
        Assert.Equal("""{"name":{"id":9},"id":5}""", Text(array, 5));
        Assert.Null(array.Find(9));
    }

    [Theory]
    [InlineData("[]", true)]
    [InlineData("""[{"id":1}]""", true)]
    [InlineData("""[{"id":1},{"id":3}]""", false)]
    [InlineData("""[{"id":1},{"id":1}]""", false)]
    [InlineData("""[{"id":1},{"name":"nobody"}]""", false)]
    [InlineData("""[{"id":1},{"id":"2"}]""", true)]
    [InlineData("""[{"id":1},{"id":"two"}]""", false)]
    [InlineData("""[{"id":1},{"id":"02"}]""", false)]
    [InlineData("""[{"id":1},{"id":2.5}]""", false)]
    [InlineData("""[{"id":1},null,7,"x",[{"id":2}]]""", false)]
    public void What_is_missing_is_certain_only_if_every_record_is_somebodys(string json, bool isCertain)
    {
        RecordList array = Split(json);

        Assert.Null(array.Problem);
        Assert.Equal(isCertain, array.AllAreOf([1, 2]));
    }

    [Fact]
    public void A_record_that_comes_twice_is_nobodys() => Assert.Null(Split("""[{"id":1,"name":"a"},{"id":1,"name":"b"}]""").Find(1));

    [Theory]
    [InlineData("Integer")]
    [InlineData("Text")]
    public void An_id_that_is_not_UTF8_is_nobodys_and_the_other_records_are_found(string idType)
    {
        byte[] json = Encoding.UTF8.GetBytes("""[{"id":"A"},{"id":"2"},{"id":"B\n"}]""").Select(letter => letter is (byte)'A' or (byte)'B' ? (byte)0xED : letter).ToArray();

        ItemKey two = idType == "Text" ? new("2") : new(2);

        RecordList array = RecordList.Split(Resources.With(("Resource:IdType", idType)), json);

        Assert.Null(array.Problem);
        Assert.NotNull(array.Find(two));
        Assert.False(array.AllAreOf([two]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"error":"Bad... bad array :/"}""")]
    [InlineData("""[{"id":1}""")]
    [InlineData("""[{"id":1}]]""")]
    [InlineData("""[{"id":1},]""")]
    [InlineData("<html>")]
    public void What_is_no_array_is_a_problem_not_an_exception(string json) => Assert.NotEmpty(Split(json).Problem!);

    private static RecordList Split(string json) => RecordList.Split(Resources.Character, Encoding.UTF8.GetBytes(json));

    private static string? Text(RecordList array, int id) => array.Find(id) is { } record ? Encoding.UTF8.GetString(record.Span) : null;
}
