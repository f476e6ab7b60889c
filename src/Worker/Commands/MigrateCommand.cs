namespace Worker.Commands;

/// <summary><c>migrate</c>: brings the database schema to this version.</summary>
internal static class MigrateCommand
{
    private const string Notes = """
        Examples:
          ingestion-worker migrate
          ingestion-worker migrate --resource locations.json --rewrite
          ingestion-worker migrate --ConnectionStrings:Postgres "Host=db;Username=owner"

        Use it with Storage:MigrateOnStart=false, when the worker's own database user may not create tables.

        Exit codes: 0 done · 3 stopped before the end · 64 the command line is wrong · 69 the database was not available · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> rewrite = new("--rewrite") { Description = "Allow changes that rewrite more than a million rows. Nobody else can use the table meanwhile." };
        Command command = new("migrate", "Create or upgrade the database schema, and make the table what Resource says.") { RunCommand.Resource(), rewrite };
        command.SetAction((parsed, _) => WorkerHost.AskAsync(settings, async (services, stop) =>
        {
            IReadOnlyList<string> applied = await services.GetRequiredService<ISchema>().MigrateAsync(parsed.GetValue(rewrite), stop);
            foreach (string script in applied)
                await Console.Out.WriteLineAsync("applied " + script);
            if (applied.Count == 0)
                await Console.Out.WriteLineAsync("the schema is up to date");
            return ExitCodes.Success;
        }));
        return (command, Notes);
    }
}
