using Ingestion.Items;
using Ingestion.Sources.RabbitMq;
using Microsoft.Extensions.Configuration;
using Worker.Commands;

namespace Worker.Tests;

/// <summary>The command that goes on with publishing can be pasted as it is.</summary>
public sealed class EnqueueCommandTests
{
    private static readonly Guid Job = Guid.CreateVersion7();

    [Theory]
    [InlineData("", "")]
    [InlineData("RabbitMq:Queue=ingestion.characters", "")]
    [InlineData("RabbitMq:Queue=mine", " --RabbitMq:Queue=mine")]
    [InlineData("RabbitMq:Declare=true;RabbitMq:DeliveryLimit=5", " --RabbitMq:DeliveryLimit=5 --declare")]
    [InlineData("RabbitMq:StartupTimeout=00:10:00", " --RabbitMq:StartupTimeout=00:10:00")]
    [InlineData("RabbitMq:CaCertificate=/it's $HOME/ca.pem", @" --RabbitMq:CaCertificate='/it'\''s $HOME/ca.pem'")]
    [InlineData("ConnectionStrings:RabbitMq=amqp://user:secret@host;Ingestion:Strategy=Async", "")]
    public void It_has_every_setting_of_the_queue_that_is_not_the_default(string settings, string expected)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).ToDictionary(setting => setting[0], string? (setting) => setting[1]))
            .Build();
        Assert.True(IdRanges.TryParse("1-10,42", out IdRanges? ids, out _));

        string command = EnqueueCommand.CommandToGoOn(new EnqueueRequest(ids, 4, Job, ResumeAfter: 3), new EnqueueProgress(1, 4, 7), configuration);

        Assert.Equal($"ingestion-worker enqueue --ids 1-10,42 --ids-per-message 4 --job {Job} --resume-after 7{expected}", command);
    }

    [Fact]
    public void It_names_the_texts_that_are_left_and_the_resource()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Resource:File", (string?)"my parts.json")]).Build();

        string command = EnqueueCommand.CommandToGoOn(new EnqueueRequest(Ids: null, 2, Job, ResumeAfter: 0) { Texts = ["a", "b", "it's c", "-d"], IsUrgent = true }, new EnqueueProgress(1, 2, 0), configuration);

        Assert.Equal($@"ingestion-worker enqueue --id='it'\''s c' --id=-d --ids-per-message 2 --job {Job} --urgent --resource 'my parts.json'", command);
    }
}
