namespace Ingestion.Characters;

/// <summary>Knows how many characters the upstream has.</summary>
internal interface ICharacterCatalog
{
    /// <summary>Asks the upstream for its number of characters; waits and asks again while it does not answer.</summary>
    Task<int> CountAsync(CancellationToken cancellationToken);
}
