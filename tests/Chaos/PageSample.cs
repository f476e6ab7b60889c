namespace Chaos;

/// <summary>What a page holds at one moment, without garbage.</summary>
/// <param name="HeapMiB">The heap of its scripts.</param>
/// <param name="Nodes">Nodes of its document, those that only a script knows included.</param>
internal readonly record struct PageSample(double HeapMiB, int Nodes);
