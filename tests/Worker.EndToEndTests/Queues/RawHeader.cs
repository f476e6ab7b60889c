using RabbitMQ.Client;

namespace Worker.EndToEndTests.Queues;

/// <summary>Properties of a message as they go over the wire, whatever they are.</summary>
/// <param name="bytes">Flags and values.</param>
internal sealed class RawHeader(byte[] bytes) : IReadOnlyBasicProperties, IAmqpHeader
{
    /// <summary>A header that AMQP allows and the client cannot represent: a decimal with 200 places.</summary>
    public static RawHeader Unrepresentable { get; } = new([0x20, 0x00, 0, 0, 0, 8, 1, (byte)'d', (byte)'D', 200, 0, 0, 0, 1]);

    // The class "basic" of AMQP 0-9-1.
    ushort IAmqpHeader.ProtocolClassId => 60;

    // Nobody reads what follows: the client writes the bytes.
    public string? AppId => default;

    public string? ClusterId => default;

    public string? ContentEncoding => default;

    public string? ContentType => default;

    public string? CorrelationId => default;

    public DeliveryModes DeliveryMode => default;

    public string? Expiration => default;

    public IDictionary<string, object?>? Headers => default;

    public string? MessageId => default;

    public byte Priority => default;

    public string? ReplyTo => default;

    public AmqpTimestamp Timestamp => default;

    public string? Type => default;

    public string? UserId => default;

    public bool Persistent => default;

    public PublicationAddress? ReplyToAddress => default;

    public bool IsAppIdPresent() => false;

    public bool IsClusterIdPresent() => false;

    public bool IsContentEncodingPresent() => false;

    public bool IsContentTypePresent() => false;

    public bool IsCorrelationIdPresent() => false;

    public bool IsDeliveryModePresent() => false;

    public bool IsExpirationPresent() => false;

    public bool IsHeadersPresent() => false;

    public bool IsMessageIdPresent() => false;

    public bool IsPriorityPresent() => false;

    public bool IsReplyToPresent() => false;

    public bool IsTimestampPresent() => false;

    public bool IsTypePresent() => false;

    public bool IsUserIdPresent() => false;

    int IAmqpWriteable.GetRequiredBufferSize() => bytes.Length;

    int IAmqpWriteable.WriteTo(Span<byte> span)
    {
        bytes.CopyTo(span);
        return bytes.Length;
    }
}
