using RabbitMQ.Client;

namespace Worker.EndToEndTests.Queues;

/// <summary>Properties of a message as they go over the wire, whatever they are.</summary>
/// <param name="bytes">Flags and values.</param>
internal sealed class RawHeader(byte[] bytes) : BasicProperties, IAmqpHeader
{
    /// <summary>A header that AMQP allows and the client cannot represent: a decimal with 200 places.</summary>
    public static RawHeader Unrepresentable { get; } = new([0x20, 0x00, 0, 0, 0, 8, 1, (byte)'d', (byte)'D', 200, 0, 0, 0, 1]);

    int IAmqpWriteable.GetRequiredBufferSize() => bytes.Length;

    int IAmqpWriteable.WriteTo(Span<byte> span)
    {
        bytes.CopyTo(span);
        return bytes.Length;
    }
}
