using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary>The upstream's certificate is verified, and the operator says whom to trust.</summary>
public sealed class TlsTests(PostgresServer postgres) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingestion-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_named_in_the_log_and_no_request_is_sent()
    {
        (X509Certificate2 certificate, _) = CreateCertificate(IPAddress.Loopback);
        await using Stage stage = await Stage.SetAsync(postgres, certificate: certificate);
        await using WorkerProcess worker = stage.Start("run --ids 1-20");

        string line = await worker.WaitForOutputAsync(text => text.Contains("gate is closed", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("the server's certificate is not trusted", line, StringComparison.Ordinal);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_trusted()
    {
        (X509Certificate2 certificate, string authority) = CreateCertificate(IPAddress.Parse("192.0.2.1"));
        await using Stage stage = await Stage.SetAsync(postgres, certificate: certificate);
        await using WorkerProcess worker = stage.Start("run --ids 1-20", ("SSL_CERT_FILE", authority), ("SSL_CERT_DIR", _folder));

        string line = await worker.WaitForOutputAsync(text => text.Contains("gate is closed", StringComparison.Ordinal), TimeSpan.FromMinutes(1));

        Assert.Contains("the server's certificate is not trusted", line, StringComparison.Ordinal);
        Assert.Contains("RemoteCertificateNameMismatch", line, StringComparison.Ordinal);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task An_authority_named_with_SSL_CERT_FILE_is_trusted()
    {
        (X509Certificate2 certificate, string authority) = CreateCertificate(IPAddress.Loopback);
        await using Stage stage = await Stage.SetAsync(postgres, certificate: certificate);

        ProcessResult result = await stage.RunAsync("run --ids 1-20", ("SSL_CERT_FILE", authority), ("SSL_CERT_DIR", _folder));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(20, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
    }

    /// <summary>A server certificate for an address, and the file with the authority that signed it.</summary>
    private (X509Certificate2 Certificate, string Authority) CreateCertificate(IPAddress address)
    {
        DateTimeOffset from = TimeProvider.System.GetUtcNow().AddHours(-1), to = from.AddHours(3);
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest root = new("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 authority = root.CreateSelfSigned(from, to);
        string file = Path.Combine(_folder, "authority.pem");
        File.WriteAllText(file, authority.ExportCertificatePem());

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=test upstream", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(authority, from, to, [1, 2, 3, 4]);
        return (signed.CopyWithPrivateKey(key), file);
    }
}
