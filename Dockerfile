# syntax=docker/dockerfile:1
#
#   docker build -t syncline .
#   docker run -p 8080:8080 -e SYNCLINE_KEYS -v syncline-data:/data -v ./syncline.yaml:/etc/syncline/syncline.yaml:ro syncline
#
# The mounted syncline.yaml says `listen: 0.0.0.0:8080` and `database: sqlite:/data/syncline.db`; relative paths in it,
# such as `mappings: mappings`, start at /etc/syncline, the shipped mappings are /app/mappings.

FROM node:20-bookworm-slim AS build
# better-sqlite3 compiles where no prebuilt binary can be fetched.
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# Dependencies first: they are compiled again only when the lock file changes.
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund
# `files` in package.json is the one list of what is shipped.
RUN mkdir /app \
  && npm pack --ignore-scripts --pack-destination /tmp \
  && tar -xzf /tmp/syncline-*.tgz -C /app --strip-components=1 \
  && mv node_modules /app/node_modules

FROM node:20-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /app /app
# /data holds the database. The folder of a mounted configuration is only read.
RUN mkdir -p /data /etc/syncline && chown node:node /data
USER node
WORKDIR /app
VOLUME /data
EXPOSE 8080
# The image has no curl. Another port than 8080: set SYNCLINE_HEALTH_URL.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.SYNCLINE_HEALTH_URL || 'http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js", "serve", "--config", "/etc/syncline/syncline.yaml"]
