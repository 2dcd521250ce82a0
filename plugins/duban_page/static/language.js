// Chinese, where the person has not chosen a language.
if (!localStorage.getItem("i18nextLng")) localStorage.setItem("i18nextLng", "zh-CN");
