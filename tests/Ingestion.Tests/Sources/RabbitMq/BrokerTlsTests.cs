using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ingestion.Sources.RabbitMq;

namespace Ingestion.Tests.Sources.RabbitMq;

/// <summary>With amqps the certificate's name and chain are checked. The broker is one that closes after the handshake.</summary>
public sealed class BrokerTlsTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _authorityFile = Path.GetTempFileName();
    private readonly X509Certificate2 _authority = Authority();

    public BrokerTlsTests() => File.WriteAllText(_authorityFile, _authority.ExportCertificatePem());

    [Fact]
    public async Task A_certificate_of_the_named_authority_for_this_host_is_accepted()
    {
        (bool isAccepted, string? advice) = await ConnectAsync("localhost", _authorityFile);

        Assert.True(isAccepted);
        Assert.Null(advice);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", false)]
    public async Task Another_name_or_an_unknown_authority_is_refused_with_advice(string host, bool namesAuthority)
    {
        (bool isAccepted, string? advice) = await ConnectAsync(host, namesAuthority ? _authorityFile : null);

        Assert.False(isAccepted);
        Assert.Contains("RabbitMq:CaCertificate", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_authorities_that_is_not_there_is_named() =>
        Assert.Contains("RabbitMq:CaCertificate is '/no/such.pem'", RabbitMqAddress.FindError("amqps://broker", "/no/such.pem"), StringComparison.Ordinal);

    public void Dispose()
    {
        _authority.Dispose();
        File.Delete(_authorityFile);
    }

    /// <summary>Whether the handshake was completed, and what the failure of the connection, which is certain, advises.</summary>
    private async Task<(bool IsAccepted, string? Advice)> ConnectAsync(string host, string? authorityFile)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<bool> serving = ServeAsync(listener);
        RabbitMqAddress address = RabbitMqAddress.Parse($"amqps://user:secret@{host}:{((IPEndPoint)listener.LocalEndpoint).Port}", authorityFile);

        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => address.CreateFactory().CreateConnectionAsync(TestContext.Current.CancellationToken));

        Assert.True(BrokerProblem.IsOfBroker(failure));
        return (await serving, BrokerProblem.Advise(failure));
    }

    private async Task<bool> ServeAsync(TcpListener listener)
    {
        using X509Certificate2 certificate = Certificate();
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

    private static X509Certificate2 Authority()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(2));
    }

    private X509Certificate2 Certificate()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(_authority, Now.AddHours(-1), Now.AddDays(1), [1, 2, 3]);
        using X509Certificate2 withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }
}
