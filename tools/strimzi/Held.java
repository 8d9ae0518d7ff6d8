import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;

/** Reads objects with the classes of an operator's API: what it does not know, has deprecated, or writes back otherwise. */
class Held {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final TreeSet<String> found = new TreeSet<>();
    private Object model;

    /** Arguments: the jar with the classes. Input: a list of objects. Output: a list of what is found of each. */
    public static void main(String[] arguments) throws Exception {
        var classes = new TreeMap<String, String>();
        try (var jar = new JarFile(new File(arguments[0]))) {
            for (var entry : jar.stream().toList()) {
                var name = entry.getName();
                if (name.startsWith("io/strimzi/api/kafka/model/") && name.endsWith(".class") && !name.contains("$")) {
                    var path = name.substring(0, name.length() - ".class".length()).replace('/', '.');
                    classes.put(path.substring(path.lastIndexOf('.') + 1), path);
                }
            }
        }
        var answers = MAPPER.createArrayNode();
        for (var object : MAPPER.readTree(System.in)) {
            var held = new Held();
            var kind = classes.get(object.path("kind").asText());
            if (kind == null) {
                held.found.add("no class of this kind");
            } else {
                var model = MAPPER.treeToValue(object, Class.forName(kind));
                held.model = model;
                held.compare("", object, MAPPER.valueToTree(model));
                held.walk("", model);
            }
            answers.add(MAPPER.valueToTree(held.found));
        }
        System.out.println(MAPPER.writeValueAsString(answers));
    }

    /** Each value that was written is one that the classes write. They may add defaults. */
    private void compare(String at, JsonNode written, JsonNode read) {
        if (read == null || read.isMissingNode() || read.isNull()) {
            // Values that are the default of a field are not written back.
            if (!written.equals(valueAt(at))) {
                found.add(at + ": lost");
            }
        } else if (written.isObject()) {
            written.fields().forEachRemaining(each -> compare(at + "/" + each.getKey(), each.getValue(), read.get(each.getKey())));
        } else if (written.isArray()) {
            for (int number = 0; number < written.size(); number++) {
                compare(at + "/" + number, written.get(number), read.get(number));
            }
        } else if (!written.asText().equals(read.asText())) {
            found.add(at + ": " + written + " is read as " + read);
        }
    }

    private JsonNode valueAt(String at) {
        Object value = model;
        for (var name : at.substring(1).split("/")) {
            if (value instanceof Map<?, ?> items) {
                value = items.get(name);
            } else if (value instanceof java.util.List<?> items) {
                value = items.get(Integer.parseInt(name));
            } else {
                value = field(value, name);
            }
        }
        return MAPPER.valueToTree(value);
    }

    private static Object field(Object value, String name) {
        for (var prefix : new String[] {"get", "is"}) {
            try {
                var method = value.getClass().getMethod(prefix + Character.toUpperCase(name.charAt(0)) + name.substring(1));
                return method.invoke(value);
            } catch (ReflectiveOperationException | NullPointerException error) {
                continue; // the other name, or no field
            }
        }
        return null;
    }

    private void walk(String at, Object model) throws Exception {
        if (model instanceof Collection<?> items) {
            int number = 0;
            for (var each : items) {
                walk(at + "/" + number++, each);
            }
        } else if (model instanceof Map<?, ?> items) {
            for (var each : items.entrySet()) {
                walk(at + "/" + each.getKey(), each.getValue());
            }
        } else if (model != null && model.getClass().getName().matches("io\\.(strimzi|fabric8)\\..*") && !model.getClass().isEnum()) {
            fields(at, model);
        }
    }

    private void fields(String at, Object model) throws Exception {
        for (Method method : model.getClass().getMethods()) {
            var name = method.getName();
            if (method.getParameterCount() > 0 || !name.matches("(get|is)[A-Z].*") || name.equals("getClass")) {
                continue;
            }
            Object value;
            try {
                value = method.invoke(model);
            } catch (ReflectiveOperationException error) {
                continue; // not a field
            }
            if (name.equals("getAdditionalProperties")) {
                if (value instanceof Map<?, ?> unknown) {
                    unknown.keySet().forEach(each -> found.add(at + "/" + each + ": not known"));
                }
            } else if (value != null) {
                for (Annotation each : method.getAnnotations()) {
                    if (each.annotationType().getSimpleName().startsWith("Deprecated")) {
                        found.add(at + "/" + name + ": deprecated");
                    }
                }
                walk(at + "/" + name, value);
            }
        }
    }
}
