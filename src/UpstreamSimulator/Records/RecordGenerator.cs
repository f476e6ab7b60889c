namespace UpstreamSimulator.Records;

/// <summary>Makes up a record, as UTF-8 JSON.</summary>
/// <param name="seed">Another seed makes another record.</param>
/// <param name="number">Chooses the record.</param>
/// <param name="statedNumber">The record it claims to be; the same as <paramref name="number"/> unless the simulator is lying.</param>
/// <param name="isRevised">Whether the record was edited since it was first published.</param>
/// <param name="suffix">Appended to the name.</param>
internal delegate byte[] RecordGenerator(int seed, int number, int statedNumber, bool isRevised, string suffix);
