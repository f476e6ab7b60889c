namespace Worker.Commands;

/// <summary>What the process ends with. 64, 69 and 78 are those of sysexits.h.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Error = 1;
    public const int SomeItemsFailed = 2;
    public const int Stopped = 3;
    public const int BadCommandLine = 64;
    public const int Unavailable = 69;
    public const int BadConfiguration = 78;

    /// <summary>The end of the list in the help of commands that ingest.</summary>
    public const string Tail = """
          3   stopped before the end
          64  the command line is wrong
          69  the database, the broker or the upstream was not available, or refused everything, for longer than allowed
          78  the configuration is wrong
          1   anything else

        """;
}
