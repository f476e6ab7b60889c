# The worker (the default target) and, for the compose profile `offline`, the simulated API (--target simulator).

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH=amd64
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_XMLDOC_MODE=skip
WORKDIR /source

# The restore depends on these files only: a change of the sources leaves this layer cached.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/Ingestion/Ingestion.csproj src/Ingestion/packages.lock.json src/Ingestion/
COPY src/Worker/Worker.csproj src/Worker/packages.lock.json src/Worker/
COPY tests/UpstreamSimulator/UpstreamSimulator.csproj tests/UpstreamSimulator/packages.lock.json tests/UpstreamSimulator/

# Machine code ahead of time (ReadyToRun) for x64, which the lock file knows; elsewhere the same IL is compiled when it runs.
RUN case "$TARGETARCH" in \
      amd64) echo '--runtime linux-x64 --self-contained false -p:PublishReadyToRun=true' >/publish-options ;; \
      *) : >/publish-options ;; \
    esac \
    && dotnet restore src/Worker/Worker.csproj --locked-mode $(grep -o -e '-p:PublishReadyToRun=true' /publish-options) \
    && dotnet restore tests/UpstreamSimulator/UpstreamSimulator.csproj --locked-mode

COPY . .
# UseAppHost: the images start the programs with `dotnet`. Debug symbols and XML documentation stay outside.
RUN dotnet publish src/Worker/Worker.csproj --configuration Release --no-restore --output /worker $(cat /publish-options) \
      -p:UseAppHost=false -p:DebugType=none -p:PublishDocumentationFiles=false \
    && dotnet publish tests/UpstreamSimulator/UpstreamSimulator.csproj --configuration Release --no-restore --output /simulator \
      -p:UseAppHost=false -p:DebugType=none -p:PublishDocumentationFiles=false


FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS simulator
LABEL org.opencontainers.image.title="IngestionService upstream simulator" \
      org.opencontainers.image.description="Answers like the Rick and Morty API, over made-up characters" \
      org.opencontainers.image.licenses="MIT"
# No diagnostics socket in /tmp: the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0
WORKDIR /app
COPY --from=build /simulator ./
USER $APP_UID
EXPOSE 8081
ENTRYPOINT ["dotnet", "upstream-simulator.dll", "--host", "0.0.0.0", "--port", "8081"]


FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS worker
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="IngestionService" \
      org.opencontainers.image.description="Fetches characters from a REST API and upserts them into PostgreSQL, with a choice of concurrency strategies" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
# No diagnostics socket in /tmp: the root file system may be read-only. Settings are polled: no file event tells of a change of a mounted
# file, least of all when Kubernetes swaps the link to it.
ENV DOTNET_EnableDiagnostics=0 \
    DOTNET_USE_POLLING_FILE_WATCHER=1
WORKDIR /app
COPY --from=build /worker ./
USER $APP_UID
# /healthz/live and /healthz/ready (Health:Port)
EXPOSE 8080
# In exec form, because the image has no shell.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["dotnet", "/app/ingestion-worker.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "/app/ingestion-worker.dll"]
