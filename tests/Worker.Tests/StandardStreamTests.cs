using System.Text;
using Worker.Commands;

namespace Worker.Tests;

/// <summary>Whoever writes to a stream that nobody reads goes on.</summary>
public sealed class StandardStreamTests
{
    private static readonly string Line = new string('x', 99) + "\n";

    [Fact]
    public async Task Lines_that_nobody_reads_are_dropped_and_counted_and_the_count_is_said_when_somebody_reads_again()
    {
        using Pipe pipe = new();
        using StandardStream stream = new(pipe);
        TaskCompletionSource<long> said = new(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.NeverWait(said.SetResult);

        for (int i = 0; i < 20_000; i++)
            stream.Write(Line);
        long lost = stream.LinesLost;
        pipe.Read();
        stream.Complete();

        Assert.InRange(lost, 9_000, 10_000);
        Assert.Equal(lost, await said.Task);
        Assert.Equal(20_000 - lost, pipe.Text.Length / Line.Length);
    }

    [Fact]
    public void The_end_does_not_wait_long_for_a_reader()
    {
        using Pipe pipe = new();
        using StandardStream stream = new(pipe);
        stream.NeverWait(_ => { });
        stream.Write(Line);

        stream.Complete();
        stream.Write(Line);

        Assert.Equal(1, stream.LinesLost);
        Assert.Equal(0, pipe.Text.Length);
        pipe.Read();
    }

    [Fact]
    public async Task What_is_there_to_be_printed_waits_for_its_reader()
    {
        using Pipe pipe = new();
        using StandardStream stream = new(pipe);
        Task writing = Task.Run(() => stream.Write(Line), TestContext.Current.CancellationToken);

        Assert.False(writing.IsCompleted);
        pipe.Read();
        await writing;

        Assert.Equal((Line, 0), (pipe.Text.ToString(), stream.LinesLost));
    }

    /// <summary>Takes nothing until it is read.</summary>
    private sealed class Pipe : TextWriter
    {
        private readonly ManualResetEventSlim _isRead = new();

        public StringBuilder Text { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public void Read() => _isRead.Set();

        public override void Write(string? value)
        {
            _isRead.Wait();
            Text.Append(value);
        }
    }
}
