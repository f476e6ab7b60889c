#!/usr/bin/env bash
# Says whether the restore before it has audited the packages for known vulnerabilities. NuGet is silent when its sources have no vulnerability
# database, so a package that is known to be vulnerable is put before it, outside of this repository: either it is reported, or nothing ever would be.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/canary.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Newtonsoft.Json" Version="12.0.1" />
  </ItemGroup>
</Project>
XML

output=$(dotnet restore "$folder/canary.csproj" --packages "$folder/packages" 2>&1) || true
if grep -q 'NU190[1-4]' <<<"$output"; then
  printf 'audited: no package is known to be vulnerable\n'
else
  printf 'NOT AUDITED: the package sources of this machine have no vulnerability database, or it cannot be reached\n'
  grep -m 1 -o 'NU190[05].*' <<<"$output" || true
fi
