"""Packages of the distribution; everything else about it is in pyproject.toml.

The rules live at the top of the repository, and are installed as `paconvert.api_mapping`.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["paconvert", "paconvert.*"]), "paconvert.api_mapping"],
    package_dir={"paconvert.api_mapping": "api_mapping"},
    package_data={
        "paconvert": ["py.typed"],
        "paconvert.catalog": ["*.json"],
        "paconvert.api_mapping": ["*.json", "facts/*.json"],
    },
)
