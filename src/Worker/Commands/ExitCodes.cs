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
}
