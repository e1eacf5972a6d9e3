"""temporary"""


def parse_env_file(text: str, name: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


parse_outputs = parse_env_file
