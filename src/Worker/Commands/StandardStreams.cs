using System.Globalization;
using System.Text;

namespace Worker.Commands;

/// <summary>Standard output and error such that what becomes of them never decides what becomes of the work: a full disk, a terminal that was closed, or nothing there at all.</summary>
internal static class StandardStreams
{
    private const int OpenForThisProgramOnly = 0x80000; // O_CLOEXEC

    private static SafeStream? _output;

    /// <summary>Why standard output could not be written, or null.</summary>
    public static string? OutputProblem => _output?.Problem;

    /// <summary>To be called before anything is written.</summary>
    public static void Protect()
    {
        Console.SetOut(Open(1, Console.OpenStandardOutput, out _output));
        Console.SetError(Open(2, Console.OpenStandardError, out _));
    }

    private static TextWriter Open(int descriptor, Func<Stream> open, out SafeStream? stream)
    {
        stream = IsGiven(descriptor) ? new SafeStream(open()) : null;
        Encoding encoding = Console.OutputEncoding is { Preamble.Length: 0 } terminal ? terminal : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return stream is null ? TextWriter.Null : new StreamWriter(stream, encoding, bufferSize: 1024) { AutoFlush = true };
    }

    /// <summary>
    /// Whether the descriptor was there when the program started. If not, the runtime has opened something of its own under this number, which must not be
    /// written to; but what a program opens is marked to be closed when it becomes another one, and what it was given cannot be.
    /// </summary>
    private static bool IsGiven(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fdinfo"))
            return true;

        try
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor.ToString(CultureInfo.InvariantCulture)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), fromBase: 8) & OpenForThisProgramOnly) == 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Remembers the first failure and drops what comes after it.</summary>
    private sealed class SafeStream(Stream inner) : Stream
    {
        public string? Problem { get; private set; }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                if (Problem is null)
                    inner.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Problem = e.Message;
            }
        }

        public override void Flush()
        {
            // A console stream holds nothing back.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
