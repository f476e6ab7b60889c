using System.Text;
using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Sources;

namespace Ingestion.Tests.Sources;

public sealed class FileSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-keys-");

    private string KeysFile => Path.Combine(_folder.FullName, "keys.txt");

    [Theory]
    [InlineData("1\n2\n3\n")]
    [InlineData("1\n2\n3")]
    [InlineData("\ufeff1\r\n2\r\n3\r\n")]
    [InlineData("\n\n  1\t\n \n2\r\n\n3  ")]
    public async Task Keys_are_read_however_lines_end_and_whatever_white_space_is_around_them(string text)
    {
        (SourceDescription description, List<ItemKey> keys) = await ReadAsync(text, isText: false);

        Assert.Equal([1, 2, 3], keys);
        Assert.Equal(("file:keys.txt:14c5e74c4b96ccef", 3L), (description.Name, description.Count));
    }

    [Fact]
    public async Task Text_keys_come_in_their_order_and_as_often_as_they_stand_there()
    {
        (SourceDescription description, List<ItemKey> keys) = await ReadAsync("b\na c\nb\n7\n", isText: true);

        Assert.Equal(["b", "a c", "b", "7"], keys.Select(key => key.Text));
        Assert.Equal(4, description.Count);
    }

    [Fact]
    public async Task The_same_keys_are_the_same_work_and_others_are_not()
    {
        string[] names = [.. await Task.WhenAll(new[] { "1\n2\n", "1\r\n\r\n2", "2\n1\n", "12\n", "1\n2\n3\n" }.Select(async text => (await ReadAsync(text, isText: false)).Description.Name))];

        Assert.Equal(names[0], names[1]);
        Assert.Equal(4, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("1\n2\nthree\n", "line 3 is 'three', but must be a whole number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("1\n\n1-10", "line 3 is '1-10', but must be a whole number")]
    [InlineData("1;2", "line 1 is '1;2'")]
    [InlineData("1\n\ufeff2", "line 2 is")]
    public async Task A_line_that_is_no_key_is_named_before_anything_is_done(string text, string expected) =>
        Assert.StartsWith($"Ingestion:IdsFile is '{KeysFile}': {expected}", (await RefusalAsync(text, isText: false)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ok\n..\n", "line 2 is '..', but must be text of at most 2000 bytes of UTF-8 without control characters")]
    [InlineData("a\u0007", "line 1 is 'a ', but must be text")]
    public async Task A_text_no_address_can_hold_is_named(string text, string expected) =>
        Assert.StartsWith($"Ingestion:IdsFile is '{KeysFile}': {expected}", (await RefusalAsync(text, isText: true)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_refused()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.Latin1])
        {
            await File.WriteAllBytesAsync(KeysFile, encoding.GetBytes("a\né\n"), TestContext.Current.CancellationToken);
            IngestionConfigurationException refusal = await Assert.ThrowsAsync<IngestionConfigurationException>(() => new FileSource(KeysFile, isText: true).DescribeAsync(CancellationToken.None));
            Assert.Contains(encoding.Equals(Encoding.Latin1) ? "line 2 is not UTF-8" : "line 1 is ", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_line_without_an_end_is_refused_in_little_memory()
    {
        using EndlessLine endless = new();

        IngestionConfigurationException refusal = await Assert.ThrowsAsync<IngestionConfigurationException>(
            async () => await new KeyLines(endless, "Ingestion:IdsFile is '-'", isText: true).ReadAsync(CancellationToken.None).FirstAsync());

        Assert.StartsWith("Ingestion:IdsFile is '-': line 1 is longer than 4096 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Position, 4096, 1_000_000);
    }

    [Fact]
    public async Task Lines_are_found_wherever_reads_end()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(1, 20_000).Select(id => id % 7 == 0 ? $"{id}\r" : $"{id}")));
        foreach (int size in (int[])[1, 2, 3, 5, 4096, 100_000])
        {
            using Slow slow = new(text, size);
            Assert.Equal(Enumerable.Range(1, 20_000).Select(id => new ItemKey(id)), await new KeyLines(slow, "", isText: false).ReadAsync(CancellationToken.None).ToListAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("missing.txt", "Could not find file")]
    [InlineData(".", "it is a folder")]
    [InlineData("keys.txt\0", "Null character")]
    public async Task A_file_that_cannot_be_read_is_named(string name, string expected)
    {
        string path = Path.Combine(_folder.FullName, name);

        IngestionConfigurationException refusal = await Assert.ThrowsAsync<IngestionConfigurationException>(() => new FileSource(path, isText: false).DescribeAsync(CancellationToken.None));

        Assert.Contains("but must be a file that can be read, or - for standard input: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_is_not_read_twice()
    {
        string pipe = Path.Combine(_folder.FullName, "pipe");
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", pipe))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        Task<SourceDescription> describing = new FileSource(pipe, isText: false).DescribeAsync(CancellationToken.None);
        Assert.False(describing.IsCompleted);
        await using FileStream writer = await Task.Run(() => File.Open(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

        Assert.EndsWith("it can be read once only: send it to standard input, and set - here", (await Assert.ThrowsAsync<IngestionConfigurationException>(() => describing)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(SourceDescription Description, List<ItemKey> Keys)> ReadAsync(string text, bool isText)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, Guid.NewGuid().ToString())).FullName;
        string path = Path.Combine(folder, "keys.txt");
        await File.WriteAllTextAsync(path, text);
        FileSource source = new(path, isText);
        SourceDescription description = await source.DescribeAsync(CancellationToken.None);
        return (description, await source.ReadAsync(description, CancellationToken.None).Select(item => item.Key).ToListAsync());
    }

    private async Task<IngestionConfigurationException> RefusalAsync(string text, bool isText)
    {
        await File.WriteAllTextAsync(KeysFile, text);
        return await Assert.ThrowsAsync<IngestionConfigurationException>(() => new FileSource(KeysFile, isText).DescribeAsync(CancellationToken.None));
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Slow(byte[] text, int size) : MemoryStream(text)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }

    private sealed class EndlessLine : Stream
    {
        public override long Position { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'a');
            Position += count;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
