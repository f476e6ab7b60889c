using Microsoft.Win32.SafeHandles;

namespace Worker.Commands;

/// <summary>Standard output and error such that what becomes of them never decides what becomes of the work: a full disk, a terminal that was closed, or nothing there at all.</summary>
internal static class StandardStreams
{
    private const int OpenForThisProgramOnly = 0x80000; // O_CLOEXEC

    private static StandardStream? _output;
    private static StandardStream? _error;

    /// <summary>Why standard output could not be written, or null.</summary>
    public static string? OutputProblem => _output?.Problem;

    /// <summary>Of a command that was there to print something.</summary>
    public static int ExitCode => OutputProblem is null ? ExitCodes.Success : ExitCodes.Error;

    /// <summary>Lines that were dropped because nobody read what the process writes.</summary>
    public static long LinesLost => (_output?.LinesLost ?? 0) + (_error?.LinesLost ?? 0);

    /// <summary>To be called before anything is written.</summary>
    public static void Protect()
    {
        _output = IsGiven(1) ? new StandardStream(Console.IsOutputRedirected ? WriterOf(1, Console.Out) : Console.Out) : null;
        _error = IsGiven(2) ? new StandardStream(Console.IsErrorRedirected ? WriterOf(2, Console.Error) : Console.Error) : null;
        Console.SetError(_error ?? TextWriter.Null);
        Console.SetOut(_output ?? TextWriter.Null);
    }

    /// <summary>For work that goes on whether or not anybody reads; a command that is there to print something waits for its reader.</summary>
    /// <param name="readsAgain">What to do when somebody reads again after lines were dropped, with their number.</param>
    public static void NeverWait(Action<long> readsAgain)
    {
        _output?.NeverWait(readsAgain);
        _error?.NeverWait(readsAgain);
    }

    /// <summary>Nothing more is written to standard output; then there may be an <see cref="OutputProblem"/>.</summary>
    public static void CompleteOutput() => _output?.Complete();

    /// <summary>Nothing more is written at all.</summary>
    public static void Complete() => _error?.Complete();

    /// <summary>
    /// For a pipe, past the console: that one holds <see cref="Console.Out"/> locked while it writes anything to anywhere, so a pipe that nobody reads would hold up the other stream too.
    /// </summary>
    private static TextWriter WriterOf(int descriptor, TextWriter console)
    {
        if (OperatingSystem.IsWindows())
            return console;

        FileStream file = new(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return file.CanSeek ? console : new StreamWriter(file) { AutoFlush = true };
    }

    /// <summary>
    /// Whether the descriptor was there when the program started. If not, the runtime has opened something else under this number, which must not be
    /// written to; but what a program opens is marked to be closed when it becomes another one, and what it was given cannot be.
    /// </summary>
    private static bool IsGiven(int descriptor)
    {
        string file = $"/proc/self/fdinfo/{descriptor.ToString(CultureInfo.InvariantCulture)}";
        if (!File.Exists(file))
            return !Directory.Exists("/proc/self/fdinfo");

        string flags = File.ReadLines(file).First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(flags["flags:".Length..].Trim(), fromBase: 8) & OpenForThisProgramOnly) == 0;
    }
}
