"""temporary"""


class Secrets:
    def __init__(self, *environs):
        pass

    def mask(self, text):
        return text
