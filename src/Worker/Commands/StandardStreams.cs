namespace Worker.Commands;

/// <summary>Standard output and error such that what becomes of them never decides what becomes of the work: a full disk, a terminal that was closed, or nothing there at all.</summary>
internal static class StandardStreams
{
    private const int OpenForThisProgramOnly = 0x80000; // O_CLOEXEC

    private static SafeWriter? _output;

    /// <summary>Why standard output could not be written, or null.</summary>
    public static string? OutputProblem => _output?.Problem;

    /// <summary>Of a command that was there to print something.</summary>
    public static int ExitCode => OutputProblem is null ? ExitCodes.Success : ExitCodes.Error;

    /// <summary>To be called before anything is written.</summary>
    public static void Protect()
    {
        _output = IsGiven(1) ? new SafeWriter(Console.Out) : null;
        Console.SetError(IsGiven(2) ? new SafeWriter(Console.Error) : TextWriter.Null);
        Console.SetOut(_output ?? TextWriter.Null);
    }

    /// <summary>
    /// Whether the descriptor was there when the program started. If not, the runtime has opened something of its own under this number, which must not be
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

    /// <summary>Remembers the first failure and drops what comes after it.</summary>
    private sealed class SafeWriter(TextWriter inner) : TextWriter
    {
        public string? Problem { get; private set; }

        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Try(() => inner.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

        public override void Write(string? value) => Try(() => inner.Write(value));

        public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

        private void Try(Action write)
        {
            try
            {
                if (Problem is null)
                    write();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Problem = e.Message;
            }
        }
    }
}
