using System.Buffers.Binary;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// What a broker sends, without the properties of messages that the client cannot read: it would end the connection before anybody sees the message, and the broker counts that as a return
/// of all messages the worker has. No property matters but the trace, so such a message is one without. Frames: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5.
/// </summary>
/// <param name="socket">The socket, for what a stream may be asked about one. Nothing is written to it past the other stream.</param>
/// <param name="inner">What comes over it, decrypted.</param>
internal sealed class ReadableFrames(Socket socket, Stream inner) : NetworkStream(socket, FileAccess.Read)
{
    private const byte ContentHeader = 2;
    private const int Beginning = 7;
    private const int Flags = Beginning + 12;

    /// <summary>Above it properties are left out unread: tables within tables, a few bytes each, would end the process by its stack.</summary>
    private const int MaxProperties = 16_384;

    private readonly BufferedStream _source = new(inner, 65_536);
    private byte[] _begun = [];
    private int _passed;
    private long _left;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_passed == _begun.Length && _left == 0)
            await BeginFrameAsync(cancellationToken);
        int count = Math.Min(buffer.Length, _begun.Length - _passed);
        if (count > 0)
        {
            _begun.AsMemory(_passed, count).CopyTo(buffer);
            _passed += count;
            return count;
        }

        count = await _source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    /// <summary>Of most frames the beginning; the rest is passed on as it comes.</summary>
    private async Task BeginFrameAsync(CancellationToken cancellationToken)
    {
        byte[] frame = new byte[Beginning];
        int count = await _source.ReadAtLeastAsync(frame, Beginning, throwOnEndOfStream: false, cancellationToken);
        long left = count < Beginning ? 0 : BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(3)) + 1L;
        if (count == Beginning && frame[0] == ContentHeader)
        {
            Array.Resize(ref frame, count += (int)left);
            await _source.ReadExactlyAsync(frame.AsMemory(Beginning), cancellationToken);
            // What no flag announces is not read.
            if (!IsReadable(frame.AsSpan(Flags..^1)))
                frame.AsSpan(Flags, sizeof(ushort)).Clear();
            left = 0;
        }

        (_begun, _passed, _left) = (frame[..count], 0, left);
    }

    private static bool IsReadable(ReadOnlySpan<byte> properties)
    {
        try
        {
            return properties.Length <= MaxProperties && new ReadOnlyBasicProperties(properties) is not null;
        }
        catch (Exception)
        {
            // Whatever it is, the client would throw it in its own loop, and lose the connection.
            return false;
        }
    }
}
