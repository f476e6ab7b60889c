using Ingestion.Configuration;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Connection strings and URIs, and what is said of those that cannot be used. No server is needed.</summary>
public sealed class PostgresSettingsTests
{
    private const string Secret = "a-secret-word";

    [Theory]
    [InlineData("postgres://app:p%40ss@db:5432/app?sslmode=require", "Host=db;Port=5432;Username=app;Password=p@ss;Database=app;SSL Mode=Require")]
    [InlineData("postgresql://app@db/app", "Host=db;Port=5432;Username=app;Database=app")]
    [InlineData("POSTGRES://db", "Host=db;Port=5432")]
    [InlineData("  postgres://app:x@db/app \n", "Host=db;Username=app;Password=x;Database=app")]
    [InlineData("postgres://app:a:b%2Fc%3Fd%26e%25@db/app", "Host=db;Username=app;Password=a:b/c?d&e%;Database=app")]
    [InlineData("postgres://app@server:p@ss@db/app", "Host=db;Username=app@server;Password=p@ss;Database=app")]
    [InlineData("postgres://app:a+b#c;d=e@db/my%20base", "Host=db;Username=app;Password='a+b#c;d=e';Database=my base")]
    [InlineData("postgres://m%C3%BCller:%E2%82%AC@db/app", "Host=db;Username=müller;Password=€;Database=app")]
    [InlineData("postgres://app:@db/app", "Host=db;Username=app;Database=app")]
    [InlineData("postgres://[::1]:5433/app", "Host=::1;Port=5433;Database=app")]
    [InlineData("postgres://a:5433,b,[fe80::1]:5434/app", "Host='a:5433,b:5432,[fe80::1]:5434';Database=app;Target Session Attributes=read-write")]
    [InlineData("postgres://a,b/app?target_session_attrs=primary&load_balance_hosts=random", "Host='a:5432,b:5432';Database=app;Target Session Attributes=primary;Load Balance Hosts=true")]
    [InlineData("postgres://db/app?target_session_attrs=read-write&load_balance_hosts=disable", "Host=db;Database=app")]
    [InlineData("postgres://%2Frun%2Fpostgresql/app", "Host=/run/postgresql;Database=app;Tcp Keepalive=false")]
    [InlineData("postgres://app:x@/app?host=/cloudsql/project:region:instance", "Host=/cloudsql/project:region:instance;Username=app;Password=x;Database=app;Tcp Keepalive=false")]
    [InlineData("postgres:///app?port=5433&host=a,b", "Host='a:5433,b:5433';Database=app;Target Session Attributes=read-write")]
    [InlineData("postgres:///?host=db&user=app&password=x%20y&dbname=base", "Host=db;Username=app;Password=x y;Database=base")]
    [InlineData("postgres://db/app?connect_timeout=7&application_name=a%26b&fallback_application_name=c", "Host=db;Database=app;Timeout=7;Application Name=a&b")]
    [InlineData("postgres://db/app?fallback_application_name=c", "Host=db;Database=app;Application Name=c")]
    [InlineData("postgres://db/app?connect_timeout=-1", "Host=db;Database=app;Timeout=0")]
    [InlineData("postgres://db/app?options=-c%20search_path%3Dx%20-c%20statement_timeout%3D5s", "Host=db;Database=app;Options=-c search_path=x -c statement_timeout=5s")]
    [InlineData("postgres://db/app?sslmode=verify-full&sslrootcert=system", "Host=db;Database=app;SSL Mode=VerifyFull")]
    [InlineData("postgres://db/app?sslmode=require&sslrootcert=/dev/null", "Host=db;Database=app;SSL Mode=VerifyCA;Root Certificate=/dev/null")]
    [InlineData("postgres://db/app?sslmode=verify-ca&channel_binding=require", "Host=db;Database=app;SSL Mode=VerifyCA;Channel Binding=Require")]
    [InlineData("postgres://db/app?ssl=true&sslnegotiation=direct", "Host=db;Database=app;SSL Mode=Require;SSL Negotiation=Direct")]
    [InlineData("postgres://db/app?gssencmode=disable&client_encoding=utf8&keepalives=1&keepalives_idle=30&keepalives_interval=10", "Host=db;Database=app;Tcp Keepalive Time=30;Tcp Keepalive Interval=10")]
    [InlineData("postgres://db/app?keepalives=0", "Host=db;Database=app;Tcp Keepalive=false")]
    [InlineData("postgres://db/app?Maximum%20Pool%20Size=20&Command%20Timeout=90", "Host=db;Database=app;Maximum Pool Size=20;Command Timeout=90")]
    [InlineData("Host=/run/postgresql;Tcp Keepalive=true", "Host=/run/postgresql;Tcp Keepalive=false")]
    [InlineData("Host=@abstract", "Host=@abstract;Tcp Keepalive=false")]
    public void What_platforms_hand_out_is_understood(string text, string meaning)
    {
        NpgsqlConnectionStringBuilder settings = PostgresSettings.Read(Configuration((StorageOptions.ConnectionStringKey, text))).Settings;

        const string Defaults = "Application Name=ingestion-worker;Maximum Pool Size=8;Tcp Keepalive=true;Tcp Keepalive Time=10;Tcp Keepalive Interval=5;GSS Encryption Mode=Disable;Host Recheck Seconds=2;";
        var expected = new NpgsqlConnectionStringBuilder(Defaults + meaning);
        if (expected.Host![0] is '/' or '@')
            (expected.TcpKeepAliveTime, expected.TcpKeepAliveInterval) = (0, 0);
        foreach (string keyword in settings.Keys.Cast<string>().Union(expected.Keys.Cast<string>()))
            Assert.Equal($"{keyword}={expected[keyword]}", $"{keyword}={settings[keyword]}");
        Assert.False(settings.PersistSecurityInfo);
    }

    [Theory]
    [InlineData("postgres://app:a-secret-word@db/app?sslcrl=x", "the parameter sslcrl, which has no counterpart")]
    [InlineData("postgres://app:a-secret-word@db/app?sslmod=require", "did you mean sslmode?")]
    [InlineData("postgres://app:a-secret-word@db/app?pgbouncer=true", "Storage:TransactionPooling")]
    [InlineData("postgres://app:a-secret-word@db/app?hostaddr=10.0.0.1", "the parameter hostaddr,")]
    [InlineData("postgres://app:a-secret-word@db/app?sslmode=mandatory", "sslmode must be Disable, Allow, Prefer, Require, VerifyCA, VerifyFull")]
    [InlineData("postgres://app:a-secret-word@db/app?connect_timeout=soon", "connect_timeout must be a whole number")]
    [InlineData("postgres://app:a-secret-word@db/app?sslrootcert=/no/such.pem", "Root Certificate=/no/such.pem, but there is no such file")]
    [InlineData("postgres://app:a-secret-word@db/app?target_session_attrs=standby", "the worker writes")]
    [InlineData("postgres://app:a-secret-word@db/app?sslmode", "has no value")]
    [InlineData("postgres://app:a-secret-word@db:70000/app", "port that is not a number")]
    [InlineData("postgres://app:a-secret-word@a,,b/app", "names no host")]
    [InlineData("postgres://app:a-secret-word@/app", "names no Host")]
    [InlineData("postgres://app:x/a-secret-word@db/app", "percent-encoded")]
    [InlineData("postgres://app:5432/a-secret-word@db/app", "percent-encoded")]
    [InlineData("postgres://app:a?a-secret-word@db/app", "percent-encoded")]
    [InlineData("postgres://app:a@b?a-secret-word=1@db/app", "percent-encoded")]
    [InlineData("postgres://app:a-secret-word/x", "port that is not a number")]
    [InlineData("postgres://app:a-secret-word%@db/app", "% is %25")]
    [InlineData("postgres://app:a-secret-word%00@db/app", "percent-encoded")]
    [InlineData("postgresql+asyncpg://app:a-secret-word@db/app", "is not a valid Npgsql connection string")]
    [InlineData("mysql://app:a-secret-word@db/app", "is not a valid Npgsql connection string")]
    [InlineData("Host=x;Password=a-secret-word;Minimum Pool Size=20", "Minimum Pool Size=20, more than Maximum Pool Size=8, which is 8 unless it is set; raise the maximum")]
    [InlineData("Host=x;Password=a-secret-word;Multiplexing=true", "Multiplexing=true")]
    [InlineData("Host=x;Password=a-secret-word;Multiplexing=true;Pooling=false", "Multiplexing=true")]
    [InlineData("Host=x;Password=a-secret-word;Connection Pruning Interval=0", "ConnectionPruningInterval can't be 0")]
    [InlineData("Host=x;Password=a-secret-word;Connection Idle Lifetime=2", "ConnectionPruningInterval")]
    [InlineData("Host=x;Password=a-secret-word;SSL Negotiation=Direct", "SSL Mode has to be Require")]
    [InlineData("Host=x;Password=a-secret-word;Port=abc", "port must be a whole number")]
    [InlineData("Host=x;Password=a-secret-word;Port=0", "port must be ")]
    [InlineData("Host=x;Password=a-secret-word;Timeout=5000", "timeout must be less than or equal to '1024'")]
    [InlineData("Host=x;Password=a-secret-word;Minimum Pool Size=-1", "minimum pool size must be a non-negative value")]
    [InlineData("Host=x;Password=a-secret-word;SSL Mode=on", "ssl mode must be Disable, Allow")]
    [InlineData("Host=x;Password=a-secret-word;Pooling=0", "pooling must be true or false")]
    [InlineData("Host=x;Password=a-secret-word;Prot=1", "may mean Port")]
    [InlineData("Host=x;Max Pool Size=1;Password=a-secret-word", "may mean Maximum Pool Size")]
    [InlineData("Host=x;Password=b;a-secret-word=c", "in it needs quotes")]
    [InlineData("Host=x;Password=a-secret-word;SSL Certificate=/no/such.pfx", "SSL Certificate=/no/such.pfx, but there is no such file")]
    [InlineData("Host=a,b;Password=a-secret-word;Target Session Attributes=standby", "the worker writes")]
    public void What_cannot_be_used_is_said_with_the_key_and_without_the_password(string text, string expected)
    {
        foreach (string key in (string[])[StorageOptions.ConnectionStringKey, StorageOptions.UrlKey])
        {
            var exception = Assert.Throws<IngestionConfigurationException>(() => PostgresSettings.Read(Configuration((key, text))));

            string error = Assert.Single(exception.Errors);
            Assert.StartsWith(key + " ", error, StringComparison.Ordinal);
            Assert.Contains(expected, error, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, "postgres://app@url/app", "DATABASE_URL (host url, port 5432, database app, user app)")]
    [InlineData(" ", "Host=text;Username=app", "DATABASE_URL (host text, port 5432, database app, user app)")]
    [InlineData("Host=string;Username=app;Database=app", "postgres://app@url/app", "ConnectionStrings:Postgres (host string, port 5432, database app, user app)")]
    [InlineData("postgres://app:a-secret-word@a,b:1/x", null, "ConnectionStrings:Postgres (hosts a:5432,b:1, database x, user app)")]
    public void DATABASE_URL_is_taken_when_there_is_no_connection_string(string? connectionString, string? url, string target) =>
        Assert.Equal(target, PostgresSettings.Read(Configuration((StorageOptions.ConnectionStringKey, connectionString), (StorageOptions.UrlKey, url))).Target.ToString());

    [Fact]
    public void Without_either_both_are_named() =>
        Assert.StartsWith(
            "ConnectionStrings:Postgres is missing, and so is DATABASE_URL; write it like ",
            Assert.Throws<IngestionConfigurationException>(() => PostgresSettings.Read(Configuration())).Message, StringComparison.Ordinal);

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value)).Build();
}
