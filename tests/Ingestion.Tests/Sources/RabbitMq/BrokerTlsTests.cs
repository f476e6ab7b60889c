using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ingestion.Sources.RabbitMq;
using TestSupport.Tls;

namespace Ingestion.Tests.Sources.RabbitMq;

/// <summary>With amqps the certificate's name and chain are checked. The broker is one that closes after the handshake.</summary>
public sealed class BrokerTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task A_certificate_of_the_named_authority_for_this_host_is_accepted()
    {
        (bool isAccepted, string? advice) = await ConnectAsync("localhost", _authority.File);

        Assert.True(isAccepted);
        Assert.Null(advice);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", false)]
    public async Task Another_name_or_an_unknown_authority_is_refused_with_advice(string host, bool namesAuthority)
    {
        (bool isAccepted, string? advice) = await ConnectAsync(host, namesAuthority ? _authority.File : null);

        Assert.False(isAccepted);
        Assert.Contains("RabbitMq:CaCertificate", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_authorities_that_is_not_there_is_named() =>
        Assert.Contains("RabbitMq:CaCertificate is '/no/such.pem'", RabbitMqAddress.FindError("amqps://broker", "/no/such.pem"), StringComparison.Ordinal);

    public void Dispose() => _authority.Dispose();

    /// <summary>Whether the handshake was completed, and what the failure of the connection, which is certain, advises.</summary>
    private async Task<(bool IsAccepted, string? Advice)> ConnectAsync(string host, string? authorityFile)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<bool> serving = ServeAsync(listener);
        RabbitMqAddress address = RabbitMqAddress.Parse($"amqps://user:secret@{host}:{((IPEndPoint)listener.LocalEndpoint).Port}", authorityFile);

        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => address.ConnectAsync(TestContext.Current.CancellationToken));

        Assert.True(BrokerProblem.IsOfBroker(failure));
        return (await serving, BrokerProblem.Advise(failure));
    }

    private async Task<bool> ServeAsync(TcpListener listener)
    {
        using X509Certificate2 certificate = _authority.Issue("localhost");
        using Socket socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await using SslStream stream = new(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
            // The client speaks first once it has accepted the certificate.
            return await stream.ReadAsync(new byte[8], TestContext.Current.CancellationToken) > 0;
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }
}
