# dpi in a container: docker build -t dpi . && docker run --rm -v "$PWD:/data" dpi analyze capture.pcap
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The packages' own install scripts are not needed.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsup.config.ts tsconfig.json ./
COPY bin ./bin
COPY schema ./schema
COPY scripts ./scripts
COPY src ./src
COPY samples ./samples
COPY wasm ./wasm
# Bundles all packages into dist/.
RUN npx tsup --silent

FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/schema ./schema
RUN ln -s /app/bin/dpi.js /usr/local/bin/dpi
USER node
WORKDIR /data
EXPOSE 8000
# Of dpi serve alone; a container that analyzes ends before it matters.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.DPI_SERVE_PORT ?? 8000}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["dpi"]
CMD ["--help"]
