using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ingestion.Sources.RabbitMq;
using RabbitMQ.Client;

namespace Ingestion.Tests.Sources.RabbitMq;

/// <summary>What comes from the broker arrives as it is, however it is cut, but for the properties that would end the connection or the process.</summary>
public sealed class ReadableFramesTests : IDisposable
{
    private const byte Method = 1;
    private const byte ContentHeader = 2;
    private const byte Body = 3;
    private static readonly byte[] Readable = Properties(Entry("traceparent", [(byte)'S', 0, 0, 0, 2, .. "00"u8]));

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

    public ReadableFramesTests()
    {
        _listener.Start();
        _socket.Connect(_listener.LocalEndpoint);
    }

    public static TheoryData<string, byte[]> Unreadable => new()
    {
        { "a decimal with 200 places", Properties(Entry("price", [(byte)'D', 200, 0, 0, 0, 1])) },
        { "a type that nobody knows", Properties(Entry("price", [(byte)'?', 1])) },
        { "a text that is longer than the header", Properties(Entry("name", [(byte)'S', 0, 0, 1, 0, 1])) },
        { "a table that is cut off", Properties(Entry("name", [(byte)'V']))[..^1] },
        { "more properties than are worth it", Properties(Entry("name", [(byte)'S', 0, 0, 0x40, 0, .. new byte[0x4000]])) },
        { "tables within tables, 18,000 of them", Nested(18_000) },
    };

    [Theory, MemberData(nameof(Unreadable))]
    public async Task Properties_that_cannot_be_read_are_left_out_and_nothing_else(string what, byte[] properties)
    {
        byte[] sent = [.. Delivery(Readable), .. Delivery(properties), .. Delivery(Readable), .. Delivery([0, 0])];
        byte[] none = [0, 0, .. properties[2..]];
        byte[] expected = [.. Delivery(Readable), .. Delivery(none), .. Delivery(Readable), .. Delivery([0, 0])];

        foreach (int piece in (int[])[1, 6, 7, 1_000, sent.Length])
        {
            byte[] received = await ReadAsync(sent, piece);
            Assert.True(expected.AsSpan().SequenceEqual(received), $"{what}, in pieces of {piece} bytes");
        }

        Assert.Null(new ReadOnlyBasicProperties(none).Headers);
    }

    [Fact]
    public async Task What_a_broker_says_that_does_not_speak_this_protocol_arrives()
    {
        byte[] sent = "AMQP\0\0\u0009\u0001"u8.ToArray();

        Assert.Equal(sent, await ReadAsync(sent, sent.Length));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _listener.Dispose();
    }

    /// <summary>A delivery as a method, the properties and a body of 100,000 bytes that looks like properties.</summary>
    private static byte[] Delivery(byte[] properties)
    {
        byte[] body = new byte[100_000];
        Array.Fill(body, ContentHeader);
        return [.. Frame(Method, [0, 60, 0, 60, 1, 2, 3]), .. Frame(ContentHeader, [0, 60, 0, 0, 0, 0, 0, 0, 0, 1, 0x86, 0xA0, .. properties]), .. Frame(Body, body)];
    }

    private static byte[] Frame(byte type, byte[] payload) => [type, 0, 1, .. Number(payload.Length), .. payload, 0xCE];

    /// <summary>The headers alone, of all that a message may have.</summary>
    private static byte[] Properties(byte[] entries) => [0x20, 0, .. Number(entries.Length), .. entries];

    private static byte[] Entry(string name, byte[] value) => [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. value];

    private static byte[] Nested(int depth)
    {
        byte[] table = new byte[(depth * 7) + 4];
        for (int at = 0; at < table.Length - 4; at += 7)
            ((byte[])[.. Number(table.Length - at - 4), 1, (byte)'a', (byte)'F']).CopyTo(table, at);
        return [0x20, 0, .. table];
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task<byte[]> ReadAsync(byte[] sent, int piece)
    {
        await using Pieces inner = new(sent, piece);
        await using ReadableFrames frames = new(_socket, inner);
        using MemoryStream received = new();
        byte[] buffer = new byte[4_096];
        while (await frames.ReadAsync(buffer, TestContext.Current.CancellationToken) is var count and > 0)
            received.Write(buffer, 0, count);
        return received.ToArray();
    }

    /// <summary>Gives no more than so many bytes at once.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
