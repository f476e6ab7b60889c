namespace Ingestion.Concurrency;

/// <summary>An item with the slot it runs in; the default value means that there was none to take.</summary>
internal readonly struct Taken<TItem>(TItem item, int slot)
{
    public bool IsItem { get; } = true;

    public TItem Item { get; } = item;

    public int Slot { get; } = slot;
}
