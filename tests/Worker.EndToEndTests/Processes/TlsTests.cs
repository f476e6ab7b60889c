using System.Security.Cryptography.X509Certificates;
using TestSupport.Processes;
using TestSupport.Tls;

namespace Worker.EndToEndTests.Processes;

/// <summary>The upstream's certificate is verified, and the operator says whom to trust.</summary>
public sealed class TlsTests(PostgresServer postgres) : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_named_in_the_log_and_no_request_is_sent()
    {
        using X509Certificate2 certificate = _authority.Issue("127.0.0.1");
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
        using X509Certificate2 certificate = _authority.Issue("192.0.2.1");
        await using Stage stage = await Stage.SetAsync(postgres, certificate: certificate);
        await using WorkerProcess worker = stage.Start("run --ids 1-20", ("SSL_CERT_FILE", _authority.File), ("SSL_CERT_DIR", _authority.Folder));

        string line = await worker.WaitForOutputAsync(text => text.Contains("gate is closed", StringComparison.Ordinal), TimeSpan.FromMinutes(1));

        Assert.Contains("the server's certificate is not trusted", line, StringComparison.Ordinal);
        Assert.Contains("RemoteCertificateNameMismatch", line, StringComparison.Ordinal);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task An_authority_named_with_SSL_CERT_FILE_is_trusted()
    {
        using X509Certificate2 certificate = _authority.Issue("127.0.0.1");
        await using Stage stage = await Stage.SetAsync(postgres, certificate: certificate);

        ProcessResult result = await stage.RunAsync("run --ids 1-20", ("SSL_CERT_FILE", _authority.File), ("SSL_CERT_DIR", _authority.Folder));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(20, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
    }
}
