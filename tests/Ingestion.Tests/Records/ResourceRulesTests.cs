using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Runs;

namespace Ingestion.Tests.Records;

/// <summary>A resource that cannot work is refused at start, with one line that names the key, the value and what is allowed.</summary>
public sealed class ResourceRulesTests
{
    [Theory]
    [InlineData("Name", "", "a name of at most 63 lower-case letters, digits and underscores")]
    [InlineData("Name", "Characters", "a name of at most 63 lower-case letters, digits and underscores")]
    [InlineData("Name", "1st", "does not begin with a digit")]
    [InlineData("Name", "a-b", "a name of at most 63")]
    [InlineData("Name", "a\"; DROP", "a name of at most 63")]
    [InlineData("Name", "a234567890123456789012345678901234567890123456789012345678901234", "a name of at most 63")]
    [InlineData("Name", "runs", "another name than runs, outcomes")]
    [InlineData("Name", "outcomes", "which the schema has already")]
    [InlineData("Item", "a\nb", "a name of at most 40 letters")]
    [InlineData("Path", "", "is missing, but must be a path below Upstream:BaseAddress with {id} in it once")]
    [InlineData("Path", "character", "a path below Upstream:BaseAddress with {id} in it once")]
    [InlineData("Path", "character/{key}", "with {id} in it once")]
    [InlineData("Path", "{id}/{id}", "with {id} in it once")]
    [InlineData("Path", "/character/{id}", "a path below Upstream:BaseAddress")]
    [InlineData("Path", "../{id}", "a path below Upstream:BaseAddress")]
    [InlineData("Path", "https://elsewhere/{id}", "a path below Upstream:BaseAddress")]
    [InlineData("Path", "character/{id}#top", "a path below Upstream:BaseAddress")]
    [InlineData("Path", "character/{id}?{x}", "a path below Upstream:BaseAddress")]
    [InlineData("ListPath", "character", "with {ids} in it once")]
    [InlineData("ListPath", "character/{id}", "with {ids} in it once")]
    [InlineData("Record", "data", "a JSON pointer such as /origin/name")]
    [InlineData("Record", "/a~2", "a JSON pointer such as /origin/name")]
    [InlineData("Id", "id", "a JSON pointer such as /origin/name")]
    [InlineData("Id", "$.id", "a JSON pointer such as /origin/name")]
    [InlineData("IdType", "Guid", "one of Integer, Text")]
    [InlineData("NotFound", "missing", "statuses from 400 to 499")]
    [InlineData("NotFound", "200", "statuses from 400 to 499")]
    [InlineData("NotFound", "404 429", "without 401, 407, 408 and 429")]
    [InlineData("NotFound", "json", "statuses from 400 to 499")]
    [InlineData("NotFound", "404 xml", "statuses from 400 to 499")]
    [InlineData("Required:name", "string", "Required has the key 'name', but must have a JSON pointer")]
    [InlineData("Required:/name", "text", "one of string, number, boolean, object, array, any")]
    [InlineData("Required:/name", "String", "one of string, number, boolean, object, array, any")]
    [InlineData("Required", "/name", "keys and values")]
    [InlineData("Columns:Name2", "text /name", "lower-case letters, digits and underscores")]
    [InlineData("Columns:first name", "text /name", "lower-case letters, digits and underscores")]
    [InlineData("Columns:größe", "text /name", "lower-case letters, digits and underscores")]
    [InlineData("Columns:id", "bigint /id", "a column of another name than id, raw, content_hash")]
    [InlineData("Columns:content_hash", "text /hash", "which every table has")]
    [InlineData("Columns:xmin", "text /xmin", "which every table has")]
    [InlineData("Columns:nick", "text", "TYPE /json/pointer")]
    [InlineData("Columns:nick", "/name", "TYPE /json/pointer")]
    [InlineData("Columns:nick", "text name", "TYPE /json/pointer")]
    [InlineData("Columns:nick", "text /na~me", "TYPE /json/pointer")]
    [InlineData("Columns:nick", "text = ", "TYPE = SQL expression")]
    [InlineData("Columns:nick", "text = raw->>'a'; DROP TABLE x", "without a semicolon")]
    [InlineData("Columns:nick", "te'xt /name", "TYPE /json/pointer")]
    [InlineData("Columns:nick", "integer[] /episode", "an array wants an expression")]
    [InlineData("Catalog:Path", "/character", "a path below Upstream:BaseAddress")]
    [InlineData("Catalog:Path", "character/{next}", "in which {next} may stand for the value of a parameter: things?page={next}")]
    [InlineData("Catalog:Path", "character?{next}=1", "in which {next} may stand for the value of a parameter")]
    [InlineData("Catalog:Path", "character?page={next}0", "in which {next} may stand for the value of a parameter")]
    [InlineData("Catalog:Path", "character?a={next}&b={next}", "in which {next} may stand for the value of a parameter")]
    [InlineData("Catalog:Path", "character?page={page}", "in which {next} may stand for the value of a parameter")]
    [InlineData("Catalog:Ids", "results/*/id", "a JSON pointer such as /origin/name")]
    [InlineData("Catalog:Ids", "/results/id", "with * for each element of an array, such as /results/*/id")]
    [InlineData("Catalog:Next", "next", "a JSON pointer such as /origin/name")]
    [InlineData("Catalog:Next", "/links/*/next", "a JSON pointer to one place, without *")]
    [InlineData("Catalog:Count", "count", "a JSON pointer such as /origin/name")]
    [InlineData("Catalog:Count", "/counts/*", "a JSON pointer to one place, without *")]
    [InlineData("Catalog:Pages", "/pages", "allowed below Resource:Catalog: Path, Ids, Next, Count")]
    [InlineData("Colums", "x", "did you mean Resource:Columns?")]
    public void A_wrong_value_is_refused_in_one_line(string key, string value, string allowed)
    {
        string error = Assert.Single(ConfigurationRules.FindErrors(Resources.Configuration(("Resource:" + key, value))));

        Assert.StartsWith("Resource:" + key.Split(':')[0], error, StringComparison.Ordinal);
        Assert.Contains(value.ReplaceLineEndings(" ").Length > 0 && !error.Contains("has the", StringComparison.Ordinal) && !error.Contains("not a setting", StringComparison.Ordinal) ? value.Split('\n')[0] : key.Split(':')[^1], error, StringComparison.Ordinal);
        Assert.Contains(allowed, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_at_all_is_no_resource() =>
        Assert.Contains("Resource:Name is missing", string.Join('\n', ConfigurationRules.FindErrors(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData("Upstream:IdsPerRequest is '20', but must be 1 for a resource without Resource:ListPath", "Upstream:IdsPerRequest=20", "Resource:ListPath=")]
    [InlineData("Resource:IdType is 'Text', but must be Integer with the source Ids", "Resource:IdType=Text")]
    [InlineData("Ingestion:IdsFile is missing, but the source File needs it", "Ingestion:Source=File")]
    [InlineData("Ingestion:IdsFile is missing, but the source file needs it", "Ingestion:Source=file", "Ingestion:IdsFile= ")]
    [InlineData("Ingestion:IdsFile is 'keys.txt', but the source is Ids; set Ingestion:Source to File, or Ingestion:IdsFile to nothing", "Ingestion:IdsFile=keys.txt")]
    [InlineData("Ingestion:Query is missing, but the source Query needs it", "Ingestion:Source=Query")]
    [InlineData("Ingestion:Query is 'SELECT 1', but the source is Catalog; set Ingestion:Source to Query, or Ingestion:Query to nothing", "Ingestion:Source=Catalog", "Ingestion:Query=SELECT 1")]
    [InlineData("Ingestion:Repeat is '01:00:00', but must be nothing with standard input, which can be read once only", "Ingestion:Source=File", "Ingestion:IdsFile=-", "Ingestion:Repeat=01:00:00")]
    [InlineData("Resource:Catalog is without Path or Ids, but the source Catalog needs both", "Resource:Catalog:Path=", "Ingestion:Source=Catalog")]
    [InlineData("Resource:Catalog is without Path or Ids, but the source Catalog needs both", "Resource:Catalog:Ids=", "Ingestion:Source=Catalog")]
    [InlineData("Resource:Catalog:Path is 'character?page={next}', but must be a path without {next} as long as Catalog:Next does not say where its value stands", "Resource:Catalog:Path=character?page={next}", "Resource:Catalog:Next=")]
    public void A_resource_must_fit_what_is_done_with_it(string expected, params string[] settings) =>
        Assert.StartsWith(expected, Assert.Single(ConfigurationRules.FindErrors(Resources.Configuration([.. settings.Select(setting => setting.Split('=', 2)).Select(pair => (pair[0], pair[1]))]))), StringComparison.Ordinal);

    [Fact]
    public void An_empty_value_takes_back_what_a_file_says()
    {
        Resource resource = Resources.With(("Resource:Columns:gender", ""), ("Resource:Columns:nick", "text /nick"), ("Resource:ListPath", ""), ("Resource:Required:/gender", " "));

        Assert.Null(resource.ListPath);
        Assert.Equal(Resources.Character.Columns.Select(column => column.Name).Except(["gender"]).Append("nick").Order(StringComparer.Ordinal), resource.Columns.Select(column => column.Name));
        Assert.DoesNotContain(resource.Shape.Members, member => member.Path == "gender");
    }

    [Theory]
    [InlineData("text /origin/name", "raw->'origin'->>'name'")]
    [InlineData("varchar(3) /o'brien", "raw->>'o''brien'")]
    [InlineData("jsonb /origin", "raw->'origin'")]
    [InlineData("integer /ids/0", "(raw #>> ARRAY['ids', '0']::text[])::integer")]
    [InlineData("timestamptz /created", "ingestion.to_time(raw->>'created')")]
    [InlineData("Double Precision /height", "(raw->>'height')::double precision")]
    [InlineData("numeric(10, 2) /price", "(raw->>'price')::numeric(10, 2)")]
    [InlineData("boolean = raw->>'a' = 'x'", "raw->>'a' = 'x'")]
    public void A_column_is_an_expression_over_the_record(string definition, string expression) =>
        Assert.Equal(expression, ResourceColumn.Parse("x", definition)!.Expression);

    [Fact]
    public void Keys_are_percent_encoded_in_a_path()
    {
        Resource resource = Resources.With(("Resource:Path", "v2/{id}?full=1"), ("Resource:ListPath", "v2?ids={ids}"), ("Resource:IdType", "Text"));

        Assert.Equal("v2/a%2Fb%20%C3%BC%3F?full=1", resource.Path.Below("", "a/b ü?"));
        Assert.Equal("v2?ids=a%2Cb,7", resource.ListPath!.Below("", ["a,b", "7"]));
    }

    [Fact]
    public void Keys_are_ordered_as_the_bytes_of_their_text()
    {
        ItemKey[] keys = ["", "a", "B", "ab", "\uffff", "\ue000", "\U0001f600", "\U0010ffff", "ü", "a\uffff", "a\U0001f600"];

        Assert.Equal(keys.OrderBy(key => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(key.Text!)), StringComparer.Ordinal), keys.Order());
    }
}
