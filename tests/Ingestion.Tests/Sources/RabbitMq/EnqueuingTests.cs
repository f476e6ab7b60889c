using FsCheck;
using FsCheck.Fluent;
using Ingestion.Items;
using Ingestion.Sources.RabbitMq;

namespace Ingestion.Tests.Sources.RabbitMq;

public sealed class EnqueuingTests
{
    [Fact]
    public void Chunks_hold_every_ID_after_the_given_one_once_and_are_full_but_for_the_last() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<PositiveInt>>(), ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<NonNegativeInt>(), (numbers, size, after) =>
        {
            IdRanges ids = new(numbers.Get.Select(number => new IdRange(number.Get, number.Get + 2)));
            IReadOnlyList<ItemKey>[] chunks = [.. Enqueuer.Cut(new EnqueueRequest(ids, size.Get, Guid.Empty, after.Get).Keys, size.Get)];
            Assert.Equal(ids.Where(id => id > after.Get), chunks.SelectMany(chunk => chunk).Select(key => key.Number));
            Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(size.Get, chunk.Count));
        }));

    [Fact]
    public void Texts_are_cut_by_number_and_so_that_no_message_is_too_large()
    {
        ItemKey[] texts = [.. Enumerable.Range(0, 3_000).Select(i => new ItemKey($"\"{new string('\u0001', i % 300)}{i}"))];

        IReadOnlyList<ItemKey>[] parts = [.. Enumerable.Concat(Enqueuer.Cut(texts, 7), Enqueuer.Cut(texts, 5_000))];

        Assert.Equal([.. texts, .. texts], parts.SelectMany(part => part));
        Assert.All(parts, part => Assert.InRange(QueueMessage.Of(part, new Job(Guid.NewGuid(), long.MaxValue)).Encode().Length, 1, QueueMessage.MaxBytes));
        Assert.InRange(parts.Length, (3_000 / 7) + 10, (3_000 / 7) + 60);
    }

    [Fact]
    public void A_range_to_the_end_of_all_IDs_ends()
    {
        IdRanges ids = new([new IdRange(long.MaxValue - 2, long.MaxValue)]);

        Assert.Equal([[long.MaxValue - 1, long.MaxValue]], Enqueuer.Cut(new EnqueueRequest(ids, 5, Guid.Empty, long.MaxValue - 2).Keys, 5));
        Assert.Empty(new EnqueueRequest(ids, 5, Guid.Empty, long.MaxValue).Keys);
    }

    [Fact]
    public async Task Progress_goes_as_far_as_everything_is_confirmed()
    {
        using ConfirmWindow window = new(4, new EnqueueProgress(10, 20, 30));
        for (int id = 31; id <= 34; id++)
            await window.EnterAsync(id, ids: 2, TestContext.Current.CancellationToken);

        window.Confirm(2, multiple: false);
        Assert.Equal(new EnqueueProgress(10, 20, 30), window.Progress);
        window.Confirm(1, multiple: false);
        Assert.Equal(new EnqueueProgress(12, 24, 32), window.Progress);
        window.Confirm(4, multiple: true);
        Assert.Equal(new EnqueueProgress(14, 28, 34), window.Progress);
        await window.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_full_window_waits_for_a_confirm_and_a_broken_one_for_nothing()
    {
        using ConfirmWindow window = new(1, default);
        await window.EnterAsync(1, 1, TestContext.Current.CancellationToken);
        Task second = window.EnterAsync(2, 1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(second.IsCompleted);
        window.Confirm(1, multiple: false);
        await second;

        Task third = window.EnterAsync(3, 1, TestContext.Current.CancellationToken).AsTask();
        Task empty = window.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);
        window.Break(new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => third);
        await Assert.ThrowsAsync<IOException>(() => empty);
    }
}
