namespace Worker.EndToEndTests.Workflows;

/// <summary>The other files that GitHub reads: what it would ignore or refuse.</summary>
public sealed class RepositoryFormTests
{
    private const string Dependabot = ".github/dependabot.yml";
    private const string Forms = ".github/ISSUE_TEMPLATE";

    /// <summary>What has to lie in a folder for its kind of dependency.</summary>
    private static readonly Dictionary<string, string> Manifests = new()
    {
        ["docker"] = "Dockerfile",
        ["docker-compose"] = "docker-compose.yml",
        ["github-actions"] = ".github/workflows/build.yml",
        ["npm"] = "package-lock.json",
        ["nuget"] = "Directory.Packages.props",
    };

    /// <summary>The parts a form may have, with what each must say (https://docs.github.com/communities, "Syntax for GitHub's form schema").</summary>
    private static readonly Dictionary<string, (string[] Required, string[] Allowed)> Parts = new()
    {
        ["markdown"] = (["value"], ["value"]),
        ["textarea"] = (["label"], ["label", "description", "placeholder", "value", "render"]),
        ["input"] = (["label"], ["label", "description", "placeholder", "value"]),
        ["dropdown"] = (["label", "options"], ["label", "description", "multiple", "options", "default"]),
        ["checkboxes"] = (["label", "options"], ["label", "description", "options"]),
    };

    [Fact]
    public void Dependencies_of_every_kind_are_looked_after_where_they_are()
    {
        Dictionary<object, object> file = Yaml.Read(Dependabot);
        Dictionary<object, object>[] updates = [.. Yaml.List(file["updates"]).Select(Yaml.Map)];

        Assert.Equal("2", file["version"]);
        Assert.Equal(Manifests.Keys.Order(StringComparer.Ordinal), updates.Select(update => (string)update["package-ecosystem"]).Order(StringComparer.Ordinal));
        Assert.All(updates, update =>
        {
            Assert.Subset(new HashSet<object> { "package-ecosystem", "directory", "directories", "schedule", "groups" }, update.Keys.ToHashSet());
            Assert.Contains(Yaml.Map(update["schedule"])["interval"], new object[] { "daily", "weekly", "monthly" });
            object[] folders = update.TryGetValue("directory", out object? folder) ? [folder] : [.. Yaml.List(update["directories"])];
            Assert.NotEmpty(folders);
            Assert.All(folders.Cast<string>(), path => Assert.True(File.Exists(Repository.PathOf(Path.Combine(path.TrimStart('/'), Manifests[(string)update["package-ecosystem"]]))), path));
        });
    }

    [Fact]
    public void Every_form_is_one_that_GitHub_shows()
    {
        string[] forms = Directory.GetFiles(Repository.PathOf(Forms));

        Assert.NotEmpty(forms);
        Assert.All(forms, path =>
        {
            Dictionary<object, object> form = Yaml.Read($"{Forms}/{Path.GetFileName(path)}");
            Assert.Subset(new HashSet<object> { "name", "description", "title", "labels", "assignees", "body" }, form.Keys.ToHashSet());
            Assert.NotEmpty((string)form["name"]);
            Assert.NotEmpty((string)form["description"]);
            Dictionary<object, object>[] body = [.. Yaml.List(form["body"]).Select(Yaml.Map)];
            Assert.Contains(body, part => (string)part["type"] != "markdown");
            Assert.All(body, AssertPart);
            string[] ids = [.. body.Select(part => part.GetValueOrDefault("id")).OfType<string>()];
            Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        });
    }

    [Theory]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("SECURITY.md")]
    public void A_page_names_only_files_that_are_there(string page) => Assert.All(
        Repository.Read(page).Split("](").Skip(1).Select(text => text[..text.IndexOf(')', StringComparison.Ordinal)]),
        path => Assert.True(Path.Exists(Repository.PathOf(path)), path));

    private static void AssertPart(Dictionary<object, object> part)
    {
        (string[] required, string[] allowed) = Parts[(string)part["type"]];
        HashSet<object> attributes = [.. Yaml.Map(part["attributes"]).Keys];

        Assert.Subset(new HashSet<object> { "type", "id", "attributes", "validations" }, part.Keys.ToHashSet());
        Assert.Superset(new HashSet<object>(required), attributes);
        Assert.Subset(new HashSet<object>(allowed), attributes);
        Assert.Subset(new HashSet<object> { "required" }, Yaml.Map(part.GetValueOrDefault("validations")).Keys.ToHashSet());
    }
}
