namespace Worker.EndToEndTests.Pages;

/// <summary>As <see cref="DocumentedCommandTests"/>, for the examples, beside it.</summary>
public sealed class ExampleCommandTests(PostgresServer postgres, DocumentedCommandTests.Broker broker) : IClassFixture<DocumentedCommandTests.Broker>
{
    public static TheoryData<string> Pages => DocumentedCommandTests.PagesIn("examples/");

    [Theory]
    [MemberData(nameof(Pages))]
    public Task Commands_run_as_they_are_written(string page) => DocumentedCommandTests.RunAsync(page, postgres, broker);
}
