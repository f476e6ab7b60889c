using Ingestion.Sources.RabbitMq;

namespace Ingestion.Tests.Sources.RabbitMq;

public sealed class RabbitMqAddressTests
{
    [Theory]
    [InlineData("amqp://worker:se%40cret@broker:5673/my%2Fhost", "host broker, port 5673, virtual host my/host, user worker")]
    [InlineData("amqps://broker", "host broker, port 5671, virtual host /, user guest")]
    [InlineData(" amqp://worker:secret@broker/?heartbeat=30&connection_timeout=5000 \n", "host broker, port 5672, virtual host /, user worker")]
    [InlineData("amqp://worker:secret@first:5673,second,[::1]:5674/work?heartbeat=30", "hosts first:5673 and second:5672 and [::1]:5674, virtual host work, user worker")]
    [InlineData("amqps://first, second", "hosts first:5671 and second:5671, virtual host /, user guest")]
    [InlineData("amqps://broker?verify=verify_peer", "host broker, port 5671")]
    public void An_address_is_shown_without_its_password(string text, string shown)
    {
        string address = RabbitMqAddress.Parse(text, caCertificate: null).ToString();

        Assert.Contains(shown, address, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("://")]
    [InlineData("amqp://")]
    [InlineData("amqp://@/")]
    [InlineData("Host=broker;Password=secret")]
    [InlineData("http://user:secret@broker")]
    [InlineData("amqp://user:secret@broker/a/b")]
    [InlineData("amqp://user:sec/ret@broker")]
    [InlineData("amqp://user:secret@first,,second")]
    [InlineData("amqp://user:secret@first:none,second")]
    [InlineData("amqp://user:secret@first,amqp://user:secret@second")]
    public void What_is_no_address_is_refused_without_being_shown(string? text)
    {
        string? error = RabbitMqAddress.FindError(text, caCertificate: null);

        Assert.StartsWith("ConnectionStrings:RabbitMq", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heartbeat=secret", "heartbeat")]
    [InlineData("heartbeat=0", "heartbeat")]
    [InlineData("heartbeat=70000", "heartbeat")]
    [InlineData("heartbeat", "heartbeat")]
    [InlineData("connection_timeout=-1", "connection_timeout")]
    [InlineData("verify=verify_none", "verify")]
    [InlineData("cacertfile=/no/secret.pem", "cacertfile")]
    [InlineData("heartbeat=30&auth_mechanism=secret", "auth_mechanism")]
    [InlineData("%6bey%0afile=secret", "key%0afile")]
    public void A_parameter_that_cannot_be_used_is_named_without_its_value(string query, string expected)
    {
        string? error = RabbitMqAddress.FindError("amqp://broker/?" + query, caCertificate: null);

        Assert.StartsWith($"ConnectionStrings:RabbitMq: its parameter {expected} is not understood, or not with that value; understood are heartbeat (1 to 65535 seconds)", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }
}
