using Ingestion.Configuration;

namespace Ingestion.Storage;

/// <summary>What an error of the database means.</summary>
internal interface IStorageErrors
{
    /// <summary>The database, fit to be shown.</summary>
    string Target { get; }

    /// <summary>What an exception is about; null for one that the database has nothing to do with.</summary>
    StorageVerdict? Judge(Exception exception);

    /// <summary>Whether the statement took longer than a time limit allows, or somebody cancelled it: less work may fit.</summary>
    bool IsTimeout(Exception exception);

    /// <summary>What two refusals have in common that have the same reason.</summary>
    string ReasonOf(Exception exception);

    /// <summary>One line that is fit to be shown.</summary>
    string Describe(Exception exception);

    /// <summary>An <see cref="IngestionUnavailableException"/> when another attempt may succeed, otherwise an <see cref="IngestionConfigurationException"/>.</summary>
    Exception Explain(Exception exception);

    /// <summary>Does what makes it more likely that the next attempt succeeds.</summary>
    void PrepareRetry(Exception exception);
}
