using System.Xml.Linq;

namespace Worker.Tests;

public sealed class DependencyTests
{
    private const string Page = "DEPENDENCIES.md";

    [Fact]
    public void The_page_lists_every_package_and_no_other()
    {
        XDocument versions = XDocument.Load(Repository.PathOf("Directory.Packages.props"));
        IEnumerable<string> referenced = versions.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value);
        XDocument dashboard = XDocument.Load(Repository.PathOf("deploy/local/dashboard.csproj"));
        referenced = referenced.Concat(dashboard.Descendants("PackageDownload").Select(package => package.Attribute("Include")!.Value.Replace(".$(Platform)", "", StringComparison.Ordinal)));
        IEnumerable<string> listed = new[] { "In the product", "In tests, benchmarks and the build" }
            .SelectMany(heading => Repository.Table(Page, heading)).Select(row => row[0]).Where(name => !name.StartsWith('-'));

        Assert.Equal(referenced.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }
}
