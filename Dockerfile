# The worker (the default target) and, for the compose profile `offline`, the simulated API (--target simulator).
#
# The worker is compiled to machine code for the platform that the build runs on. An image for several platforms is built by one builder on each, and
# put together (docs/docker.md).

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS sdk
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_XMLDOC_MODE=skip
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props ./


FROM sdk AS worker-build
# The linker and zlib, which the compiler to machine code needs.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
RUN case "$(uname -m)" in \
      x86_64) echo linux-x64 >/platform ;; \
      aarch64) echo linux-arm64 >/platform ;; \
      *) echo "the worker is built for x86_64 and aarch64, not for $(uname -m)" >&2; exit 1 ;; \
    esac

# The restore depends on these files only: a change of the sources leaves this layer cached. First the packages as the lock files have them,
# then the compiler, which comes in the version of the SDK.
COPY src/Ingestion/Ingestion.csproj src/Ingestion/packages.lock.json src/Ingestion/
COPY src/Worker/Worker.csproj src/Worker/packages.lock.json src/Worker/
RUN dotnet restore src/Worker/Worker.csproj --locked-mode \
    && dotnet restore src/Worker/Worker.csproj --runtime "$(cat /platform)" -p:PublishAot=true

COPY . .
RUN dotnet publish src/Worker/Worker.csproj --configuration Release --no-restore --runtime "$(cat /platform)" -p:PublishAot=true --output /worker


FROM sdk AS simulator-build
COPY src/UpstreamSimulator/UpstreamSimulator.csproj src/UpstreamSimulator/packages.lock.json src/UpstreamSimulator/
RUN dotnet restore src/UpstreamSimulator/UpstreamSimulator.csproj --locked-mode
COPY . .
# UseAppHost: the image starts the program with `dotnet`. Debug symbols and XML documentation stay outside.
RUN dotnet publish src/UpstreamSimulator/UpstreamSimulator.csproj --configuration Release --no-restore --output /simulator \
      -p:UseAppHost=false -p:DebugType=none -p:PublishDocumentationFiles=false


FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS simulator
LABEL org.opencontainers.image.title="IngestionService upstream simulator" \
      org.opencontainers.image.description="Answers like the Rick and Morty API, over made-up characters" \
      org.opencontainers.image.licenses="MIT"
# No diagnostics socket in /tmp: the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0
WORKDIR /app
COPY --from=simulator-build /simulator ./
USER $APP_UID
EXPOSE 8081
ENTRYPOINT ["dotnet", "upstream-simulator.dll", "--host", "0.0.0.0", "--port", "8081"]


FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled AS worker
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="IngestionService" \
      org.opencontainers.image.description="Fetches characters from a REST API and upserts them into PostgreSQL, with a choice of concurrency strategies" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
# Settings are polled: no file event tells of a change of a mounted file, least of all when Kubernetes swaps the link to it.
ENV DOTNET_USE_POLLING_FILE_WATCHER=1
WORKDIR /app
COPY --from=worker-build /worker ./
USER $APP_UID
# /healthz/live and /healthz/ready (Health:Port)
EXPOSE 8080
# In exec form, because the image has no shell.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/app/ingestion-worker", "healthcheck"]
ENTRYPOINT ["/app/ingestion-worker"]
