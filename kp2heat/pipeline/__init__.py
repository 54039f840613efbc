"""From annotations to shards and back: plan -> engine -> report. Everything below it is a part."""
